"""The sync conversation as a state machine without I/O, and the join of what it brings."""
