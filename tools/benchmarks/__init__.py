"""Ours beside its peers: a module per area, per family of peers, to measure, to report."""
