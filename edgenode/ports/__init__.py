"""What the inside needs from the world: one file a need. The doc comment is the contract."""
