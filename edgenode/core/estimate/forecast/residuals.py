"""How wrong forecasts were, in units of their own scale: the newest ones, sorted, as quantiles.

The level that is looked up for each quantile moves with how often that quantile held, so that the
share that lies below it comes to be what it says, whatever the errors do.

The other way round, a value has the chance of the level whose quantile it is.

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
ROOMS = tuple(ROOM * min(level, 1 - level) for level in LEVELS)


class Residuals:
    """The residuals of one horizon, the newest `kept`."""

    __slots__ = ("_kept", "_sorted", "newest", "shifts")

    def __init__(
        self, newest: Sequence[float] = (), shifts: Sequence[float] = (), *, kept: int = KEPT
    ) -> None:
        self._kept = kept
        self.newest = deque(newest)
        self.shifts = list(shifts) or [0.0] * len(LEVELS)
        self._sorted = sorted(self.newest)

    def take(self, error: float) -> None:
        """Keep an error; the oldest leaves."""
        error = round(max(-ERROR_MAX, min(ERROR_MAX, error)), DIGITS)
        self.newest.append(error)
        insort(self._sorted, error)
        if len(self.newest) > self._kept:
            del self._sorted[bisect_left(self._sorted, self.newest.popleft())]

    def held(self, quantiles: list[float], found: float) -> None:
        """Move each level by whether what was found lay below its quantile."""
        self.shifts = [
            max(-room, min(room, shift + MOVES * (level - (found <= quantile))))
            for level, room, shift, quantile in zip(
                LEVELS, ROOMS, self.shifts, quantiles, strict=True
            )
        ]

    def quantiles(self) -> list[float] | None:
        """Return the errors at LEVELS, interpolated; None while too few are known."""
        errors = self._sorted
        size = len(errors)
        if size < NEEDED:
            return None
        found = []
        for level, shift in zip(LEVELS, self.shifts, strict=True):
            place = (level + shift) * (size + 1) - 1
            below = int(place)
            if place <= 0:
                found.append(errors[0])
            elif below >= size - 1:
                found.append(errors[-1])
            else:
                low = errors[below]
                found.append(low + (errors[below + 1] - low) * (place - below))
        return found

    def above(self, error: float) -> float | None:
        """Return the chance of an error above this one, as `quantiles` say; None like theirs.

        It is 1 less the level whose quantile this error is, levels between LEVELS interpolated.
        """
        errors = self._sorted
        size = len(errors)
        if size < NEEDED:
            return None
        first = bisect_left(errors, error)
        if first == 0:
            place = -0.5 if error < errors[0] else 0.0
        elif first == size:
            place = size - 0.5
        else:
            low = errors[first - 1]
            place = first - 1 + (error - low) / (errors[first] - low)
        return 1 - self._level((place + 1) / (size + 1))

    def _level(self, share: float) -> float:
        """Return the level that is looked up at this share of the errors."""
        below, at = 0.0, 0.0
        for level, shift in zip((*LEVELS, 1.0), (*self.shifts, 0.0), strict=True):
            looked_up = level + shift
            if share <= looked_up and looked_up > at:
                return below + (level - below) * max(0.0, share - at) / (looked_up - at)
            below, at = level, max(at, looked_up)
        return 1.0
