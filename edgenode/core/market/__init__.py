"""The local market as arithmetic: matching, quotes, basis, signals, forecast, micro-events."""
