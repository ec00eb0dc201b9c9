"""Reports as one HTML file that needs nothing else: their page, their tables, their charts."""
