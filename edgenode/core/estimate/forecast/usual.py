"""The usual level of a signal: the level of the last day or so, times what a time of day is like.

The level is of an hour ago, so a surge cannot make itself usual. Its half-life is 12 hours: one of
8 hours swings with the day itself, and follows what it should be compared with.
"""

import math
from collections import deque

from edgenode.core.estimate.profile import DayProfile

HALF_LIFE_MIN = 720.0
LAG_MIN = 60.0


class Usual:
    """The usual level of one signal with bars of `step_min` minutes."""

    __slots__ = ("_weight", "bars", "level", "levels", "profile")

    def __init__(self, step_min: float) -> None:
        self._weight = 1 - math.pow(0.5, step_min / HALF_LIFE_MIN)
        self.profile = DayProfile(step_min)
        self.bars = 0
        self.level = 0.0
        self.levels: deque[float] = deque(maxlen=1 + max(1, round(LAG_MIN / step_min)))

    @property
    def before(self) -> float:
        """Return the level of an hour ago."""
        return self.levels[0] if self.levels else 0.0

    def take(self, slot: int, value: float) -> None:
        """Take a bar."""
        self.bars += 1
        self.level += (value - self.level) * max(self._weight, 1 / self.bars)
        self.profile.take(slot, value, self.level)
        self.levels.append(self.level)

    def miss(self) -> None:
        """Let a missing bar pass."""
        if self.bars:
            self.levels.append(self.level)

    def now(self, slot: int) -> float:
        """Return the usual bar of a slot."""
        return self.before * self.profile.at(slot)

    def ahead(self, slot: int, minutes: float) -> float:
        """Return the usual mean bar of the next minutes."""
        return self.before * math.exp(self.profile.ahead(slot, minutes))
