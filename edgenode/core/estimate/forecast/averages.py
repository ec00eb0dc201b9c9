"""Exponentially weighted averages of a signal: of log(value + floor), and of the value itself.

The mean of logs less the log of the mean tells the local dispersion, so both are features. A bar
that is missing is no zero: fast averages then drift to the level that the time of day would give.
"""

import math

BASE_MIN = 30.0  # half-life, in minutes, of the average that a forecast corrects
LOCAL_MIN, DAY_MIN = 30.0, 480.0  # half-lives of the two averages of values
HALF_LIVES_MIN = (0.0, 5.0, 12.0, 120.0, 480.0, 4320.0)  # of logs; the first is a quarter bar
BARS_MIN = (0.25, 1.0, 2.0, 0.0, 0.0, 0.0)  # and never less than so many bars
FAST = 4  # the first of them drift where a bar is missing


class Averages:
    """The averages of one signal with bars of `step_min` minutes."""

    __slots__ = (
        "_base_decay",
        "_day_decay",
        "_decays",
        "_local_decay",
        "bars",
        "base",
        "day",
        "local",
        "logs",
    )  # fmt: skip

    def __init__(self, step_min: float) -> None:
        lives = [max(h, n * step_min) for h, n in zip(HALF_LIVES_MIN, BARS_MIN, strict=True)]
        self._decays = [_decay(step_min, life) for life in lives]
        self._base_decay = _decay(step_min, BASE_MIN)
        self._local_decay = _decay(step_min, LOCAL_MIN)
        self._day_decay = _decay(step_min, DAY_MIN)
        self.bars = 0
        self.logs = [0.0] * len(lives)
        self.base = self.local = self.day = 0.0

    def take(self, value: float, floor: float) -> None:
        """Take a bar; the first ones weigh as in a plain mean."""
        self.bars += 1
        first, log = 1 / self.bars, math.log(value + floor)
        self.logs = [
            held + (log - held) * max(1 - decay, first)
            for held, decay in zip(self.logs, self._decays, strict=True)
        ]
        self.base += (log - self.base) * max(1 - self._base_decay, first)
        self.local += (value - self.local) * max(1 - self._local_decay, first)
        self.day += (value - self.day) * max(1 - self._day_decay, first)

    def miss(self, usual: float, floor: float) -> None:
        """Let a missing bar pass: the fast averages drift to the log of the usual value."""
        log = math.log(usual + floor)
        for i in range(FAST):
            self.logs[i] = log + (self.logs[i] - log) * self._decays[i]
        self.base = log + (self.base - log) * self._base_decay
        self.local = usual + (self.local - usual) * self._local_decay

    def features(self, floor: float) -> list[float]:
        """Return how each average differs from the base, in logs."""
        base = self.base
        return [
            *[held - base for held in self.logs],
            math.log(self.local + floor) - base,
            math.log(self.day + floor) - base,
        ]


def _decay(step_min: float, half_life_min: float) -> float:
    return math.pow(0.5, step_min / half_life_min)
