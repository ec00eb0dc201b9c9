"""A surge of one signal, found while it begins: a sum of how far bars lie above what is usual.

Each bar gives r = log((volume + floor) / (usual + floor)), with the mean volume of at least five
minutes. From r goes its own mean. What is left, within bounds and less half of log 4, is summed:

    S <- max(0, S + clip(r - mean, -2, 2.5) - log(4) / 2)

An alarm is raised where S passes a threshold: some times how widely r usually spreads. Then S
begins anew, and for ten minutes nothing is raised. A bar shorter than five minutes counts as its
share of them.

Habit, mean and spread learn from a bar when it is an hour old: a surge cannot raise its own bar
in its first hour. Spread learns only where the usual volume reaches the floor: nights in which
nothing is usual do not make busy hours look wild. A missing bar changes nothing. Nothing is raised
while a market is closed or opens (core/estimate/events/closed).

Source: the cumulative sum for a shift of a mean, Page 1954, Biometrika 41, 100-115: half of the
shift that matters is taken off each bar.
"""

import math
from collections import deque
from dataclasses import dataclass

from edgenode.core.estimate.events.closed import Closed
from edgenode.core.estimate.events.habit import Habit
from edgenode.core.estimate.times import BarTimes

STEADY, QUICK = 2.0, 1.5  # thresholds in spreads: a false alarm in some days, and about one a day
LAG_MIN = 60.0  # how old a bar is when it is learned from
WINDOW_MIN = 5.0  # over which the volume is taken, at least
DRIFT = math.log(4) / 2  # taken off each window
LOW, HIGH = -2.0, 2.5  # what r less its mean counts as at least, and at most
THRESHOLD_MIN = 0.6
SILENT_MIN = 10.0  # behind an alarm
HABIT_MIN = 2880.0  # half-life of mean and spread
WARM_MIN = 3 * 1440.0
VALUE_MAX = 50.0  # times the usual: more counts as that
SPREAD_FIRST, SPREAD_BARS, ABSOLUTE = 0.5, 20, 1.25  # a mean absolute deviation times this


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A surge: `times` is its mean volume since `began_s` over the usual one."""

    at_s: int  # when the bar that raised it began
    began_s: int  # when the first bar began that counts towards it
    times: float
    usual: float  # volume of a bar
    score: float  # S over its threshold


@dataclass(slots=True)
class Waiting:
    """A bar that is not yet an hour old."""

    at_s: int
    value: float
    excess: float | None  # r; None where it says nothing


@dataclass(slots=True)
class Sum:
    """S, with what it is made of."""

    value: float = 0.0
    bars: int = 0  # since it was 0
    volume: float = 0.0  # of these, over the usual, summed


class Detector:
    """The detector of one signal with bars of `step_s` seconds.

    `counts`: its values count things. `spreads` is the threshold: STEADY, QUICK or any above 0.
    """

    def __init__(self, step_s: int, *, counts: bool, spreads: float = STEADY) -> None:
        self.step_s, self.counts, self.spreads = step_s, counts, spreads
        self.step_min = step_s / 60
        self.times = BarTimes(step_s)
        self.habit, self.closed = Habit(self.step_min, counts=counts), Closed(self.step_min)
        self.window: deque[float] = deque(maxlen=max(1, round(WINDOW_MIN / self.step_min)))
        self.waiting: deque[Waiting | None] = deque()
        self.mean, self.spread, self.learned = 0.0, SPREAD_FIRST, 0  # of r
        self.sum = Sum()
        self.silent = 0  # bars until an alarm may be raised again

    def bar(self, at_s: int, value: float | None) -> Alarm | None:
        """Take a bar that began at `at_s`; return an alarm if a surge is found in it.

        Bars that lie between count as missing; a late one changes nothing (core/estimate/times).
        """
        missing = self.times.take(at_s)
        if missing is None:
            return None
        for _ in range(missing):
            self._missed()
        if value is None or not 0 <= value < math.inf:
            self._missed()
            return None
        return self._take(at_s, value)

    @property
    def warm(self) -> bool:
        """Return whether enough is known to raise an alarm."""
        return self.habit.bars * self.step_min >= WARM_MIN

    @property
    def threshold(self) -> float:
        """Return what S must pass."""
        return max(THRESHOLD_MIN, self.spreads * self.spread)

    def usual(self, at_s: int) -> float:
        """Return the usual volume of a bar that begins then, at least the floor."""
        return max(self.habit.usual(at_s), self.habit.floor)

    def _missed(self) -> None:
        self.window.clear()
        self.closed.missed()
        self._wait(None)

    def _take(self, at_s: int, value: float) -> Alarm | None:
        usual, floor = self.habit.usual(at_s), self.habit.floor
        if self.warm:
            value = min(value, VALUE_MAX * (usual + floor))
        self.window.append(value)
        opened = self.closed.take(value, usual, floor)
        if self.closed.shut:
            self.waiting = deque([None] * len(self.waiting))  # its empty hour teaches nothing
            self._wait(None)
            return None
        excess = None
        if opened and len(self.window) == self.window.maxlen:
            mean = sum(self.window) / len(self.window)
            excess = math.log((mean + floor) / (usual + floor))
        alarm = self._summed(at_s, excess, value / max(usual, floor))
        self._wait(Waiting(at_s, value, excess))
        return alarm

    def _summed(self, at_s: int, excess: float | None, times: float) -> Alarm | None:
        self.silent = max(0, self.silent - 1)
        if excess is None or self.silent or not self.warm:
            self.sum = Sum()
            return None
        above = max(LOW, min(HIGH, excess - self.mean)) - DRIFT
        held = self.sum
        held.value += above * min(1.0, self.step_min / WINDOW_MIN)
        held.bars, held.volume = held.bars + 1, held.volume + times
        if held.value >= self.threshold:
            self.sum, self.silent = Sum(), 1 + max(1, round(SILENT_MIN / self.step_min))
            return Alarm(
                at_s=at_s, began_s=at_s - (held.bars - 1) * self.step_s,
                times=held.volume / held.bars, usual=self.usual(at_s),
                score=held.value / self.threshold,
            )  # fmt: skip
        if held.value <= 0:
            self.sum = Sum()
        return None

    def _wait(self, bar: Waiting | None) -> None:
        """Let a bar wait, and learn from the one that is an hour old."""
        self.waiting.append(bar)
        if len(self.waiting) * self.step_min > LAG_MIN + self.step_min / 2:
            old = self.waiting.popleft()
            if old is not None:
                busy = self.habit.usual(old.at_s) >= self.habit.floor
                self.habit.learn(old.at_s, old.value)
                if old.excess is not None:
                    self._learn(max(LOW, min(HIGH, old.excess)), busy=busy)

    def _learn(self, excess: float, *, busy: bool) -> None:
        self.learned += 1
        weight, apart = 1 - math.pow(0.5, self.step_min / HABIT_MIN), abs(excess - self.mean)
        self.mean += (excess - self.mean) * max(weight, 1 / self.learned)
        weight = max(weight, 1 / (self.learned + SPREAD_BARS)) if busy else 0.0
        self.spread += (ABSOLUTE * apart - self.spread) * weight
