"""Copies of other parties' ledgers."""
