"""What venues say of our orders and accounts, and how it is held against our books."""
