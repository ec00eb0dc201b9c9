"""The commands: parse, call, print; imports are lazy so that a command starts fast."""
