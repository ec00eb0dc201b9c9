"""One signal's forecast: the quantiles of its total volume over the next minutes.

The target of a horizon is log(mean bar of the next minutes + floor). It is forecast as a
correction to the half-hour average of logs, learned online; the scale of the error in the same
way; the shape of the error from the newest residuals (core/estimate/forecast/residuals).

    bar with a value    averages, profile, labels that are due, then a forecast
    missing bar         no label that looks over it, weights stand, and for an hour wider quantiles
    late, twice         nothing changes; the newest forecast stands

Quantiles stay within 20 scales of the middle, and within 50 times the largest bar seen.

The usual level of the next minutes is what their time of day is like, times the day's level of an
hour ago: so a surge cannot make itself usual. Chances of several times it come from the same
errors as the quantiles.
"""

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from edgenode.core.estimate.forecast.averages import Averages
from edgenode.core.estimate.forecast.profile import TINY, DayProfile
from edgenode.core.estimate.forecast.regression import Gains, dot, learned
from edgenode.core.estimate.forecast.residuals import Residuals

HORIZONS_MIN = (5, 15, 30, 60)
MEMORY_DAYS = 30  # of the regressions
FEATURES = 10 + len(HORIZONS_MIN)
SCALE_FIRST = 0.5
SCALE_LOGS = (-4.0, 2.0)  # a scale lies between exp of these
ERROR_LOG_MAX = 3.0  # an error of the scale counts as at most this
ERROR_TINY = 0.02
GROWS_MAX = 50.0  # times the largest bar seen
WIDER, WIDER_MIN = 1.25, 60.0  # behind a gap
FLOOR_COUNT, FLOOR_SHARE, FLOOR_DAYS = 0.5, 0.05, 7
USUAL_LAG_MIN = 60.0
TIMES = (2, 4)  # the usual level, that chances are told of
GAP_BARS_MAX = 10_000  # a longer gap is a signal that begins anew in all but its habits

Quantiles = dict[int, list[float]]  # by horizon in minutes: at residuals.LEVELS
Chances = dict[int, dict[int, float]]  # by horizon in minutes, by TIMES: from 0 to 1


@dataclass(slots=True)
class Made:
    """What a forecast was made of, kept until its horizon has passed."""

    features: list[float]
    gain: list[float]
    base: float
    middles: list[float]  # of each horizon, as the next three
    scales: list[float]
    quantiles: list[list[float] | None]


@dataclass(slots=True)
class Horizon:
    """What is learned for one horizon."""

    minutes: int
    bars: int
    weights: list[float] = field(default_factory=lambda: [0.0] * FEATURES)
    scale: list[float] = field(
        default_factory=lambda: [math.log(SCALE_FIRST)] + [0.0] * (FEATURES - 1)
    )
    residuals: Residuals = field(default_factory=Residuals)


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
        self.days: deque[float] = deque(maxlen=1 + max(1, round(USUAL_LAG_MIN / step)))
        self.newest_s: int | None = None  # the time of the newest bar
        self.bars = 0  # with the missing ones
        self.wider_until = 0
        self.mean = self.largest = 0.0
        self.said: Quantiles = {}

    def bar(self, at_s: int, value: float | None) -> Quantiles:
        """Take a bar that began at `at_s` and return the quantiles of what follows it.

        {} while too little is known. Bars that lie between count as missing; one that is not newer
        than the newest changes nothing.
        """
        if self.newest_s is not None:
            if at_s <= self.newest_s:
                return self.said
            missing = (at_s - self.newest_s) // self.step_s - 1
            for i in range(min(missing, GAP_BARS_MAX), 0, -1):
                self._take(at_s - i * self.step_s, None)
        self.newest_s = at_s
        self.said = self._take(at_s, value)
        return self.said

    def usual(self) -> dict[int, float]:
        """Return the usual mean bar of each horizon, at least the floor; {} before any bar."""
        if self.newest_s is None or not self.days:
            return {}
        slot, level = self.profile.slot(self.newest_s), self.days[0]
        return {
            h.minutes: max(level * math.exp(self.profile.ahead(slot, h.minutes)), self.floor)
            for h in self.horizons
        }

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
        assert self.newest_s is not None
        for horizon, middle, scale in self._middles(self.features()):
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
            return self._missed(slot)
        self.largest = max(self.largest, value)
        days = self.step_s / (FLOOR_DAYS * 86_400)
        self.mean += (value - self.mean) * max(1 / (self.averages.bars + 1), days)
        self.averages.take(value, self.floor)
        self.days.append(self.averages.day)
        self.profile.take(slot, value, self.averages.day)
        self.values.append(value)
        self._learn()
        features = self._features(slot)
        made = Made(features, self.gains.of(features), self.averages.base, [], [], [])
        said = self._say(features, made)
        self.made.append(made)
        return said

    def _missed(self, slot: int) -> Quantiles:
        """Let a missing bar pass; what is known goes on without it."""
        self.wider_until = self.bars + round(WIDER_MIN * 60 / self.step_s)
        self.values.append(None)
        self._learn()
        self.made.append(None)
        if not self.averages.bars:
            return {}
        self.days.append(self.averages.day)
        self.averages.miss(self.averages.day * self.profile.at(slot), self.floor)
        return self._say(self._features(slot), None)

    def _features(self, slot: int) -> list[float]:
        now = math.log(self.profile.at(slot))
        ahead = [self.profile.ahead(slot, minutes) - now for minutes in HORIZONS_MIN]
        return [1.0, *self.averages.features(self.floor), now, *ahead]

    def _learn(self) -> None:
        """Learn from each forecast whose horizon has passed, unless a bar in it is missing."""
        values = list(self.values)
        for index, horizon in enumerate(self.horizons):
            if len(self.made) < horizon.bars:
                continue
            made, window = self.made[-horizon.bars], values[-horizon.bars :]
            if made is not None and None not in window:
                found = math.log(sum(filter(None, window)) / horizon.bars + self.floor)
                _label(horizon, made, index, found)

    def _say(self, features: list[float], made: Made | None) -> Quantiles:
        said: Quantiles = {}
        widened = self._widened
        for horizon, middle, scale in self._middles(features):
            logs = self._logs(horizon, middle, scale * widened)
            if made is not None:
                made.middles.append(middle)
                made.scales.append(scale)
                made.quantiles.append(logs)
            if logs is not None:
                totals = [max(0.0, math.exp(log) - self.floor) * horizon.bars for log in logs]
                said[horizon.minutes] = totals
        return said

    @property
    def _widened(self) -> float:
        return WIDER if self.bars < self.wider_until else 1.0

    def _above(self, horizon: Horizon, middle: float, scale: float, mean: float) -> float:
        log = math.log(mean + self.floor)
        chance = horizon.residuals.above((log - middle) / scale)
        assert chance is not None
        return chance

    def _middles(self, features: list[float]) -> Iterator[tuple[Horizon, float, float]]:
        """Yield each horizon with the middle of its log and the scale of its error."""
        least, most = SCALE_LOGS
        for horizon in self.horizons:
            middle = self.averages.base + dot(horizon.weights, features)
            yield horizon, middle, math.exp(max(least, min(most, dot(horizon.scale, features))))

    def _logs(self, horizon: Horizon, middle: float, scale: float) -> list[float] | None:
        """Return the quantiles of the log; None while too few errors are known."""
        errors = horizon.residuals.quantiles()
        if errors is None:
            return None
        most = math.log(GROWS_MAX * self.largest + self.floor)
        logs = sorted([middle + error * scale for error in errors])
        return logs if logs[-1] <= most else [min(log, most) for log in logs]


def _label(horizon: Horizon, made: Made, index: int, found: float) -> None:
    """Learn what came of a forecast: its middle, its scale, its error, its coverage."""
    error = found - made.base - dot(horizon.weights, made.features)
    horizon.weights = learned(horizon.weights, made.gain, error)
    missed = found - made.middles[index]
    log = math.log(max(abs(missed), ERROR_TINY)) - dot(horizon.scale, made.features)
    log = max(-ERROR_LOG_MAX, min(ERROR_LOG_MAX, log))
    horizon.scale = learned(horizon.scale, made.gain, log)
    horizon.residuals.take(missed / made.scales[index])
    quantiles = made.quantiles[index]
    if quantiles is not None:
        horizon.residuals.held(quantiles, found)
