"""The demo: one recorded hour at two micro-venues, with and without what edgenode adds."""
