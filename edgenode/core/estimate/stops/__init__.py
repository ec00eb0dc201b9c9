"""What a stop is proposed by: a market or an execution that left what it was like."""
