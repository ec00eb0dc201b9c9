"""Positions and exposure as facts; the overlay that should cover them as a proposal."""
