"""The areas: each has `PEERS`, the names that `--without` takes, and `run(bench)`."""
