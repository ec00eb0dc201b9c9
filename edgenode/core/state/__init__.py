"""A node's state, one module per part of its digest; only the fold of the ledger changes it."""
