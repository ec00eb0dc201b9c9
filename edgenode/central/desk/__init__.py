"""What the desk does and asks: one verb each, over the running centre and over its files."""
