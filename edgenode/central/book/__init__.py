"""The central book: one state for each node's ledger, joined."""
