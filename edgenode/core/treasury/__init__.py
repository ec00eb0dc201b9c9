"""Pre-funded money: no branch spends more than it holds, with or without a connection."""
