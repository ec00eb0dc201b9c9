"""Venues: bytes in, facts of one shape out; they judge shape only and decide nothing."""
