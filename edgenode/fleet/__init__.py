"""The operator's machine: its composition root over many nodes."""
