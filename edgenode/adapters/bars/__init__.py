"""The table of bars."""
