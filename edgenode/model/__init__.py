"""The nouns: frozen values whose money, prices and quantities are whole numbers; no I/O, no clock."""
