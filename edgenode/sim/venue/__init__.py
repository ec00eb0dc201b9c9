"""The sandbox venue: a real server with faults on request and its own record of the truth."""
