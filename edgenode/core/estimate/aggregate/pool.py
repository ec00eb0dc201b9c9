"""How far corrections are believed: by what came of them, out of sample, for one horizon.

A correction was worked out before what came is known, so what came of many says how much of it
is noise. That is a regression of one figure on one other, with `first` that speaks for `prior`.
"""

from dataclasses import dataclass

FIRST = 5.0  # squared logs that speak for what is believed at first
NARROW_MIN = 0.6
MEMORY_DAYS = 14
DAY_S = 86_400


@dataclass(slots=True)
class Belief:
    """How many times the corrections of one horizon are believed, from nothing to `most`."""

    step_s: int
    prior: float
    most: float
    first: float = FIRST
    moved: float = 0.0  # sum of squared corrections
    agreed: float = 0.0  # sum of corrections times errors

    def learn(self, said: float, error: float) -> None:
        """Learn how far a forecast was off, beside what the correction said."""
        held = 1 - self.step_s / (MEMORY_DAYS * DAY_S)
        self.moved = held * self.moved + said * said
        self.agreed = held * self.agreed + said * error

    @property
    def times(self) -> float:
        """Return how many times a correction is believed."""
        times = (self.agreed + self.prior * self.first) / (self.moved + self.first)
        return max(0.0, min(self.most, times))


@dataclass(slots=True)
class Narrowing:
    """How much narrower errors are with the correction of one horizon."""

    step_s: int
    left: float = 0.0  # sum of errors with it, without sign
    alone: float = 0.0  # and without it

    def learn(self, shift: float, error: float) -> None:
        """Learn how far a forecast was off, beside the correction as it was believed."""
        held = 1 - self.step_s / (MEMORY_DAYS * DAY_S)
        self.left = held * self.left + abs(error - shift)
        self.alone = held * self.alone + abs(error)

    @property
    def times(self) -> float:
        """Return how wide errors are with it, 1 as without."""
        if not self.alone:
            return 1.0
        return max(NARROW_MIN, min(1.0, self.left / self.alone))
