"""The loops: they move observations, entries and effects; every queue bounded, no technology named."""
