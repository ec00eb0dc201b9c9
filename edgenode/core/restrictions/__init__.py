"""Who and what stops trading: the centre, a person, a grant passed by a venue's act."""
