"""The loops: they move observations, entries and effects; bounded, no technology named."""
