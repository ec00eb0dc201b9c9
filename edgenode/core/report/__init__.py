"""What a ledger tells of one micro-event: a fold that only reads. Integers, no words of HTML."""
