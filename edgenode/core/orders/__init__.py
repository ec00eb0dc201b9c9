"""The life of an order, from intent to its last fill; an unknown outcome stays UNKNOWN."""
