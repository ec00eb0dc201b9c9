"""The verbs: pure functions of state, observation and time; no I/O, clock, chance or log."""
