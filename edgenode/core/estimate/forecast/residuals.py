"""How wrong forecasts were, in units of their own scale: the newest ones, sorted, as quantiles.

The level that is looked up for each quantile moves with how often that quantile held, so that the
share that lies below it comes to be what it says, whatever the errors do.

Source: adaptive conformal inference, Gibbs and Candes 2021 (arXiv 2106.00170), one level a
quantile.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence

LEVELS = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)
KEPT = 2_400
NEEDED = 100  # fewer say nothing about 1 %
ERROR_MAX = 20.0  # of the scale; an error beyond it counts as that
DIGITS = 5  # that an error keeps: it is saved as text
MOVES = 0.004  # how far a level moves at each look
ROOM = 0.9  # of what lies between a level and 0 or 1


class Residuals:
    """The residuals of one horizon."""

    __slots__ = ("_sorted", "newest", "shifts")

    def __init__(self, newest: Sequence[float] = (), shifts: Sequence[float] = ()) -> None:
        self.newest = deque(newest)
        self.shifts = list(shifts) or [0.0] * len(LEVELS)
        self._sorted = sorted(self.newest)

    def take(self, error: float) -> None:
        """Keep an error; the oldest leaves."""
        error = round(max(-ERROR_MAX, min(ERROR_MAX, error)), DIGITS)
        self.newest.append(error)
        insort(self._sorted, error)
        if len(self.newest) > KEPT:
            del self._sorted[bisect_left(self._sorted, self.newest.popleft())]

    def held(self, quantiles: list[float], found: float) -> None:
        """Move each level by whether what was found lay below its quantile."""
        for i, (level, quantile) in enumerate(zip(LEVELS, quantiles, strict=True)):
            moved = self.shifts[i] + MOVES * (level - (found <= quantile))
            room = ROOM * min(level, 1 - level)
            self.shifts[i] = max(-room, min(room, moved))

    def quantiles(self) -> list[float] | None:
        """Return the errors at LEVELS, interpolated; None while too few are known."""
        size = len(self._sorted)
        if size < NEEDED:
            return None
        found = []
        for level, shift in zip(LEVELS, self.shifts, strict=True):
            place = max(0.0, min(size - 1.0, (level + shift) * (size + 1) - 1))
            below = int(place)
            low, high = self._sorted[below], self._sorted[min(size - 1, below + 1)]
            found.append(low + (high - low) * (place - below))
        return found
