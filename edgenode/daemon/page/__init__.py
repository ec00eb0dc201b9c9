"""The page that field staff use."""
