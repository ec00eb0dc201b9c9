"""The node's ledger on disk: SQLite, sealed segments, the anchor beside the folder."""
