"""The nouns: frozen values, with whole numbers for money, prices and quantities; no I/O."""
