"""Which release may run here: the floor, the ladder and the slot plan, as pure decisions."""
