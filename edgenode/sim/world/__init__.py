"""The invented world: virtual time and seeded faults around production code."""
