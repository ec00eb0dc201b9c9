"""FIX 4.4 as bytes and as a session, without I/O; transports live in the adapters."""
