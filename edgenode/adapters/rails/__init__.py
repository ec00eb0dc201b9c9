"""Payment rails: a repeated instruction pays once; an unknown outcome stays unknown."""
