"""What each time of the UTC day is like, as a multiple of the level over the last hours.

Each slot learns at least `LEARNS` of a new ratio, so that a habit that changes is followed within
a week or two; ratios above `RATIO_MAX` count as that, so that one event makes no habit.
"""

import math

DAY_S = 86_400
SLOT_MIN = 5.0
LEARNS, RATIO_MAX, RATIO_MIN = 0.15, 8.0, 0.02
TINY = 1e-9


class DayProfile:
    """The profile of one signal."""

    __slots__ = ("_slot_min", "ratios", "seen")

    def __init__(self, step_min: float) -> None:
        slots = max(1, round(DAY_S / 60 / max(step_min, SLOT_MIN)))
        self._slot_min = DAY_S / 60 / slots
        self.ratios = [1.0] * slots
        self.seen = [0] * slots

    def slot(self, at_s: int) -> int:
        """Return the slot of a time."""
        return int((at_s % DAY_S) / 60 // self._slot_min) % len(self.ratios)

    def take(self, slot: int, value: float, level: float) -> None:
        """Learn from a bar."""
        self.seen[slot] += 1
        ratio = min(value / max(level, TINY), RATIO_MAX)
        self.ratios[slot] += max(LEARNS, 1 / self.seen[slot]) * (ratio - self.ratios[slot])

    def at(self, slot: int) -> float:
        """Return the ratio of a slot, at least `RATIO_MIN`."""
        return max(self.ratios[slot], RATIO_MIN)

    def ahead(self, slot: int, minutes: float) -> float:
        """Return the log of the mean ratio over the next minutes."""
        slots = max(1, round(minutes / self._slot_min))
        ratios = self.ratios
        size, total = len(ratios), 0.0
        for i in range(slot + 1, slot + 1 + slots):
            ratio = ratios[i % size]
            total += max(ratio, RATIO_MIN)
        return math.log(total / slots)
