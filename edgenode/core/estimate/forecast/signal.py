"""One signal's forecast: the quantiles of its total volume over the next minutes.

The target of a horizon is log(mean bar of the next minutes + floor). It is forecast as a
correction to the half-hour average of logs, learned online; the scale of the error in the same
way; the shape of the error from the newest residuals (core/estimate/forecast/residuals).

    bar with a value    averages, profile, labels that are due, then a forecast
    missing bar         no label that looks over it, weights stand, and for an hour wider quantiles
    late, twice         nothing changes; the newest forecast stands (core/estimate/times)

Quantiles stay within 20 scales of the middle, and within 50 times the largest bar seen. A bar of
more than 50 times the largest before it counts as that. Where the forecast of a horizon has lost
its skill, the half-hour average speaks until it is back (core/estimate/forecast/watch).

Chances of several times the usual level (core/estimate/forecast/usual) come from the same errors
as the quantiles.
"""

import math
from collections import deque
from collections.abc import Iterator

from edgenode.core.estimate.forecast.averages import Averages
from edgenode.core.estimate.forecast.horizon import FEATURES, HORIZONS_MIN, Horizon, Made
from edgenode.core.estimate.forecast.regression import Gains
from edgenode.core.estimate.forecast.residuals import NEEDED, Residuals
from edgenode.core.estimate.forecast.usual import Usual
from edgenode.core.estimate.profile import TINY, DayProfile
from edgenode.core.estimate.times import BarTimes

MEMORY_DAYS = 30  # of the regressions
GROWS_MAX = 50.0  # times the largest bar seen, for quantiles; of all days before, for a bar
WIDER, WIDER_MIN = 1.25, 60.0  # behind a gap
FLOOR_COUNT, FLOOR_SHARE, FLOOR_DAYS = 0.5, 0.05, 7
DAY_S = 86_400
TIMES = (2, 4)  # the usual level, that chances are told of

Quantiles = dict[int, list[float]]  # by horizon in minutes: at residuals.LEVELS
Chances = dict[int, dict[int, float]]  # by horizon in minutes, by TIMES: from 0 to 1


class Signal:
    """The forecast of one signal. `counts`: its values count things, so half a thing is its floor.

    `step_s` is the length of a bar in seconds; horizons shorter than that are left out.
    """

    def __init__(self, step_s: int, *, counts: bool) -> None:
        self.step_s, self.counts = step_s, counts
        step = step_s / 60
        self.averages, self.profile = Averages(step), DayProfile(step)
        self.gains = Gains(FEATURES, 1 - step / (MEMORY_DAYS * 1440))
        self.horizons = [
            Horizon(minutes, round(minutes / step))
            for minutes in HORIZONS_MIN
            if minutes * 60 >= step_s
        ]
        longest = max((h.bars for h in self.horizons), default=0)
        self.values: deque[float | None] = deque(maxlen=longest)
        self.made: deque[Made | None] = deque(maxlen=longest)
        self.habit = Usual(step)
        self.times = BarTimes(step_s)
        self.bars = 0  # with the missing ones
        self.wider_until = 0
        self.mean = self.largest = 0.0
        self.before, self.day = 0.0, -1  # the largest bar when the newest UTC day began
        self.said: Quantiles = {}

    def bar(self, at_s: int, value: float | None) -> Quantiles:
        """Take a bar that began at `at_s` and return the quantiles of what follows it.

        {} while too little is known. Bars that lie between count as missing; a late one changes
        nothing, and one from far ahead only once a second one confirms it.
        """
        missing = self.times.take(at_s)
        if missing is None:
            return self.said
        for i in range(missing, 0, -1):
            self._take(at_s - i * self.step_s, None)
        self.said = self._take(at_s, value)
        return self.said

    @property
    def newest_s(self) -> int | None:
        """Return when the newest bar began; None before any."""
        return self.times.newest_s

    def fallen(self) -> dict[int, str]:
        """Return why the average speaks instead of the forecast, by horizon in minutes."""
        return {h.minutes: h.watch.why for h in self.horizons if h.watch.fallen}

    def usual(self) -> dict[int, float]:
        """Return the usual mean bar of each horizon, at least the floor; {} before any bar."""
        if self.newest_s is None or not self.habit.bars:
            return {}
        slot, floor = self.profile.slot(self.newest_s), self.floor
        return {h.minutes: max(self.habit.ahead(slot, h.minutes), floor) for h in self.horizons}

    def probabilities(self) -> Chances:
        """Return how likely the mean bar of each horizon is at least TIMES the usual one.

        {} while too little is known.
        """
        usual = self.usual()
        return {
            horizon.minutes: {
                times: self._above(horizon, middle, scale, times * usual[horizon.minutes])
                for times in TIMES
            }
            for horizon, middle, scale in self.outlook()
            if horizon.minutes in self.said
        }

    def chance(self, minutes: int, mean: float) -> float:
        """Return how likely the mean bar of a horizon that has quantiles is at least `mean`."""
        return next(
            self._above(horizon, middle, scale, mean)
            for horizon, middle, scale in self.outlook()
            if horizon.minutes == minutes
        )

    def outlook(self) -> Iterator[tuple[Horizon, float, float]]:
        """Yield each horizon with the middle of its log and the scale that its quantiles have."""
        features, base = self.features(), self.averages.base
        for horizon in self.horizons:
            fallen = horizon.watch.fallen
            middle, scale = (
                (base, 1.0) if fallen else horizon.outlook(features, base, self.averages.bars)
            )
            yield horizon, middle, scale * self._widened

    def features(self) -> list[float]:
        """Return what the newest forecast was made of."""
        assert self.newest_s is not None
        return self._features(self.profile.slot(self.newest_s))

    @property
    def floor(self) -> float:
        """Return what is added to a value before its log is taken."""
        return FLOOR_COUNT if self.counts else max(FLOOR_SHARE * self.mean, TINY)

    def _take(self, at_s: int, value: float | None) -> Quantiles:
        self.bars += 1
        slot = self.profile.slot(at_s)
        if value is None or not 0 <= value < math.inf:
            return self._missed(at_s, slot)
        value = self._credible(at_s, value)
        self.largest = max(self.largest, value)
        days = self.step_s / (FLOOR_DAYS * DAY_S)
        self.mean += (value - self.mean) * max(1 / (self.averages.bars + 1), days)
        self.averages.take(value, self.floor)
        self.habit.take(slot, value)
        self.profile.take(slot, value, self.averages.day)
        self.values.append(value)
        self._learn(at_s)
        features = self._features(slot)
        made = Made(features, self.gains.of(features), self.averages.base, [], [], [])
        said = self._say(features, made)
        self.made.append(made)
        return said

    def _credible(self, at_s: int, value: float) -> float:
        """Return a value as it counts: in a day it grows to 50 times what was, however often."""
        day = at_s // DAY_S
        if self.averages.bars <= NEEDED:
            return value
        if day != self.day:
            self.before, self.day = self.largest, day
        return min(value, GROWS_MAX * self.before) if self.before else value

    def _missed(self, at_s: int, slot: int) -> Quantiles:
        """Let a missing bar pass; what is known goes on without it."""
        self.wider_until = self.bars + round(WIDER_MIN * 60 / self.step_s)
        self.habit.miss()
        self.values.append(None)
        self._learn(at_s)
        self.made.append(None)
        if not self.averages.bars:
            return {}
        self.averages.miss(self.averages.day * self.profile.at(slot), self.floor)
        return self._say(self._features(slot), None)

    def _features(self, slot: int) -> list[float]:
        now = math.log(self.profile.at(slot))
        ahead = [self.profile.ahead(slot, minutes) - now for minutes in HORIZONS_MIN]
        return [1.0, *self.averages.features(self.floor), now, *ahead]

    def _learn(self, at_s: int) -> None:
        """Learn from each forecast whose horizon has passed, unless a bar in it is missing."""
        values, turn = list(self.values), self.bars % max(1, len(self.horizons))
        for index, horizon in enumerate(self.horizons):
            if len(self.made) < horizon.bars:
                continue
            made, window = self.made[-horizon.bars], values[-horizon.bars :]
            if made is not None and None not in window:
                found = math.log(sum(filter(None, window)) / horizon.bars + self.floor)
                horizon.learn(made, index, found)
                if index == turn:
                    horizon.score(made, index, found, at_s)

    def _say(self, features: list[float], made: Made | None) -> Quantiles:
        said: Quantiles = {}
        widened, base = self._widened, self.averages.base
        for horizon in self.horizons:
            middle, scale = horizon.outlook(features, base, self.averages.bars)
            logs = self._logs(horizon.residuals, middle, scale * widened)
            if made is not None:
                made.middles.append(middle)
                made.scales.append(scale)
                made.quantiles.append(logs)
            if horizon.watch.fallen:
                logs = self._logs(horizon.average, base, widened)
            if logs is not None:
                totals = [max(0.0, math.exp(log) - self.floor) * horizon.bars for log in logs]
                said[horizon.minutes] = totals
        return said

    @property
    def _widened(self) -> float:
        return WIDER if self.bars < self.wider_until else 1.0

    def _above(self, horizon: Horizon, middle: float, scale: float, mean: float) -> float:
        errors = horizon.average if horizon.watch.fallen else horizon.residuals
        chance = errors.above((math.log(mean + self.floor) - middle) / scale)
        assert chance is not None
        return chance

    def _logs(self, residuals: Residuals, middle: float, scale: float) -> list[float] | None:
        """Return the quantiles of the log; None while too few errors are known."""
        errors = residuals.quantiles()
        if errors is None:
            return None
        most = math.log(GROWS_MAX * self.largest + self.floor)
        logs = sorted([middle + error * scale for error in errors])
        return logs if logs[-1] <= most else [min(log, most) for log in logs]
