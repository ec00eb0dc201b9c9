"""Estimates and proposals: the only folder of the core that may hold a float."""
