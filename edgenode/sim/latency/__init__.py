"""The latency drill: from a fill to its central cosignature, by real processes on loopback."""
