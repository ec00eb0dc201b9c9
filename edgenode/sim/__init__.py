"""The invented world for tests, drills and the demo; nothing but cli and tests imports it."""
