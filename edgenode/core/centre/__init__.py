"""What the centre says to a node: adopted in order, applied where it makes sense."""
