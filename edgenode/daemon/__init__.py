"""The node as a process: configuration, composition root, and what works with it stopped."""
