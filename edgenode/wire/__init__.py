"""The bytes: canonical encodings of the nouns, so that two machines never differ by a byte; no I/O."""
