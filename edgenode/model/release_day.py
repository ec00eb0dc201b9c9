"""The day on which this release was made, as market time: no right clock stands before it.

The same day as `edgenode.RELEASED` (the light package root, which imports nothing).
"""

RELEASED_NS = 1_795_392_000 * 1_000_000_000  # 2026-11-23 00:00 UTC
