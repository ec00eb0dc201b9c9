"""How breaks are opened and closed, and how they are worded for a person."""
