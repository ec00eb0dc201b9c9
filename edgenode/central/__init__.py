"""The central book: it verifies what nodes send, keeps every version, and folds one book."""
