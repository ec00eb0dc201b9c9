"""The hash chain, the Merkle tree over it, and the checkpoints that others can witness."""
