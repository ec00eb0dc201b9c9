"""The technologies: each keeps the promise of one port; foreign errors become ours here."""
