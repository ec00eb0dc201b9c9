"""The bytes: canonical encodings of the nouns, the same on every machine; no I/O."""
