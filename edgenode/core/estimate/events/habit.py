"""The usual volume of a signal's bars, as the detector of surges compares them.

It is the level of the last hours times what this time of day is like, or what this hour of the
week was like if that is more: on Monday the level of a weekend says little.
"""

import math

from edgenode.core.estimate.profile import RATIO_MIN, TINY, DayProfile

LEVEL_MIN, MEAN_MIN = 480.0, 10_080.0  # half-lives
FLOOR_COUNT, FLOOR_SHARE = 4.0, 0.05  # of things that are counted; of the mean
AROUND = 2  # slots of the day on each side that smooth the profile
HOUR_S, WEEK_HOURS = 3600, 168
WEEK_LEARNS, WEEK_MOST = 0.7, 3.0  # of a week's news; times the usual that an hour counts as


class Habit:
    """The habit of one signal with bars of `step_min` minutes."""

    __slots__ = ("_counts", "_week_learns", "_weights", "bars", "level", "mean", "profile", "week")

    def __init__(self, step_min: float, *, counts: bool) -> None:
        self._counts = counts
        self._weights = [1 - math.pow(0.5, step_min / life) for life in (LEVEL_MIN, MEAN_MIN)]
        self._week_learns = 1 - math.pow(1 - WEEK_LEARNS, min(1.0, step_min / 60))
        self.profile = DayProfile(step_min)
        self.bars = 0
        self.level = self.mean = 0.0
        self.week = [0.0] * WEEK_HOURS

    @property
    def floor(self) -> float:
        """Return what is added to a volume before its log is taken."""
        return FLOOR_COUNT if self._counts else max(FLOOR_SHARE * self.mean, TINY)

    def usual(self, at_s: int) -> float:
        """Return the usual volume of a bar that begins then."""
        return max(self._of_day(at_s), self.week[_hour(at_s)])

    def learn(self, at_s: int, value: float) -> None:
        """Learn from a bar."""
        self.bars += 1
        first = 1 / self.bars
        level, mean = self._weights
        self.mean += (value - self.mean) * max(first, mean)
        self.level += (value - self.level) * max(first, level)
        hour, most = _hour(at_s), WEEK_MOST * self._of_day(at_s)
        self.week[hour] += (min(value, most) - self.week[hour]) * self._week_learns
        self.profile.take(self.profile.slot(at_s), value, self.level)

    def _of_day(self, at_s: int) -> float:
        ratios, slot = self.profile.ratios, self.profile.slot(at_s)
        size = len(ratios)
        around = AROUND if size > 2 * AROUND else 0
        total = sum(ratios[(slot + i) % size] for i in range(-around, around + 1))
        return self.level * max(total / (2 * around + 1), RATIO_MIN)


def _hour(at_s: int) -> int:
    return at_s // HOUR_S % WEEK_HOURS
