"""The state as the outside sees it. Reads, never decides."""
