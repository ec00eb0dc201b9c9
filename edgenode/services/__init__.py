"""The loops: they take observations, record entries, tell what is durable; all bounded."""
