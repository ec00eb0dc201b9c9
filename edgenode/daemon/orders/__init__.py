"""An order's way in: from its text to an intent, and what became of it."""
