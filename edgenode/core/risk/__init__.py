"""Live profit and loss, and stress triggers, from positions and prices given."""
