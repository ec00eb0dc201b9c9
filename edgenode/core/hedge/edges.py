"""What the overlay trades at once: the excess beyond the edges of its no-trade region.

Z = E + M is what core has still to take, O the overlay, n = Z + O what is not hedged; y is n in
the sense of Z. With the share f, the band b and the hurdle h that were proposed:

    upper = max(f |Z| + b, sqrt(h |Z|))     lower = f |Z| - b

Above `upper` the overlay hedges down to it, below `lower` it trades back up to it; between them it
rests. O is an interval over all that is open, and so is y: above `upper` its end nearest zero
counts, below `lower` its far end, so that no outcome makes the trade one too many.
"""

from math import isqrt
from typing import NamedTuple

from edgenode.core.state.exposure import Interval

PPM = 1_000_000


class Region(NamedTuple):
    """Where y may rest, in lots."""

    lower: int
    upper: int


def region(to_take: int, *, share_ppm: int, band_lots: int, hurdle_lots: int) -> Region:
    """Return the edges for what core has still to take, signed lots."""
    size = abs(to_take)
    left = share_ppm * size // PPM
    return Region(left - band_lots, max(left + band_lots, isqrt(hurdle_lots * size)))


def change(to_take: int, overlay: Interval, within: Region) -> int:
    """Return the signed lots that bring the overlay back to the edge; 0 between them."""
    if to_take < 0:
        return -change(-to_take, Interval(-overlay.high, -overlay.low), within)
    low, high = to_take + overlay.low, to_take + overlay.high
    if low > within.upper:
        return within.upper - low
    if high < within.lower:
        return within.lower - high
    return 0
