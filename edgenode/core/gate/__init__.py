"""What may be sent: the gate denies unless every rule says yes (it fails closed)."""
