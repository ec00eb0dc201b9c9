"""Surges put into a recorded signal, and what a watcher makes of them.

A surge begins at a bar drawn by a fixed seed, and multiplies the volume of an hour. A copy of the
watcher, as it is at that bar, lives through the hour. Found: it raises an alarm in it. Delay: from
the begin of the surge to the end of the bar with the alarm. False: an alarm on the signal as it
was recorded, where neither the half hour up to it nor the half hour behind it reaches twice what
is usual: the usual of our detector, for every watcher.
"""

import copy
import math
import random
import statistics
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

from edgenode.core.estimate.events.detector import Detector
from edgenode.core.estimate.events.saved import load, save
from tools.benchmarks.recorded import Series

TIMES, SURGE_MIN, SURGES, SEED = 6.0, 60, 150, 1
HALF_HOUR_S, FALSE_BELOW = 1_800, 2.0
WARM_S, WARM_SHARE = 4 * 86_400, 1 / 6  # at the begin of a signal nothing is scored: the larger
RATIO, DAY_S = 4.0, 86_400


class Watcher(Protocol):
    """What looks at bars one by one."""

    def bar(self, at_s: int, value: float | None) -> bool:
        """Take a bar; return whether an alarm is raised."""
        ...

    def copied(self) -> Self:
        """Return one that goes on by itself."""
        ...


class Ours:
    """Our detector, copied by saving and loading it."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector

    def bar(self, at_s: int, value: float | None) -> bool:
        """Take a bar."""
        return self.detector.bar(at_s, value) is not None

    def copied(self) -> Self:
        """Return the detector that a restart would have."""
        return type(self)(load(save(self.detector)))


class Ratio:
    """Fires where a bar is several times the mean of the last day; then rests for ten minutes."""

    def __init__(self, step_s: int) -> None:
        self._rests = max(1, 600 // step_s)
        self._day: deque[float] = deque(maxlen=DAY_S // step_s)
        self._sum, self._rest = 0.0, 0

    def bar(self, at_s: int, value: float | None) -> bool:
        """Take a bar."""
        del at_s
        self._rest = max(0, self._rest - 1)
        if value is None:
            return False
        size = len(self._day)
        fires = size == self._day.maxlen and not self._rest and value * size > RATIO * self._sum
        self._sum += value - (self._day[0] if size == self._day.maxlen else 0.0)
        self._day.append(value)
        self._rest = 1 + self._rests if fires else self._rest
        return fires

    def copied(self) -> Self:
        """Return one that goes on by itself."""
        return copy.deepcopy(self)


@dataclass(slots=True)
class Found:
    """What came of one part of one signal."""

    name: str
    days: float
    surges: int = 0
    delays: list[float] = field(default_factory=list)  # in minutes
    alarms: list[int] = field(default_factory=list)  # the bars
    false: int = 0

    @property
    def a_day(self) -> float:
        """Return false alarms a day."""
        return self.false / self.days

    def share(self, within_min: float = SURGE_MIN) -> float:
        """Return how many surges were found in time, in per cent."""
        return 100 * sum(delay <= within_min for delay in self.delays) / max(1, self.surges)

    @property
    def median(self) -> float:
        """Return the median delay of what was found, in minutes."""
        return statistics.median(self.delays) if self.delays else math.inf


def lived(series: Series, watcher: Watcher, *parts: tuple[float, float]) -> list[Found]:
    """Return what a watcher makes of each part of a signal: from and to, as shares of it."""
    size, step_s = len(series.values), series.step_s
    hour = SURGE_MIN * 60 // step_s
    first = int(max(WARM_S / step_s, WARM_SHARE * size))
    spans = [(max(first, int(a * size)), min(int(b * size), size - hour)) for a, b in parts]
    found = [Found(series.name, max(1, end - begin) * step_s / DAY_S) for begin, end in spans]
    rng = random.Random(SEED)  # noqa: S311  the same surges in every run
    onsets = [{rng.randrange(*span) for _ in range(SURGES)} for span in spans]
    plain, usual = Detector(step_s, counts=series.counts), []
    for i, value in enumerate(series.values):
        at_s = series.begin_s + i * step_s
        for one, begins in zip(found, onsets, strict=True):
            if i in begins:
                _surge(series, i, hour, watcher, one)
        usual.append(plain.usual(at_s))
        plain.bar(at_s, value)
        if watcher.bar(at_s, value):
            for one, (begin, end) in zip(found, spans, strict=True):
                if begin <= i < end:
                    one.alarms.append(i)
    for one in found:
        one.false = sum(_is_false(series, usual, i) for i in one.alarms)
    return found


def _surge(series: Series, begin: int, hour: int, watcher: Watcher, found: Found) -> None:
    """Let a copy of the watcher live through a surge, unless a bar in it is missing."""
    values = [value for value in series.values[begin : begin + hour] if value is not None]
    if len(values) < hour:
        return
    found.surges += 1
    copied = watcher.copied()
    for bars, value in enumerate(values):
        if copied.bar(series.begin_s + (begin + bars) * series.step_s, TIMES * value):
            found.delays.append((bars + 1) * series.step_s / 60)
            return


def _is_false(series: Series, usual: Sequence[float], alarm: int) -> bool:
    bars = max(1, HALF_HOUR_S // series.step_s)
    spans = ((alarm - bars + 1, alarm + 1), (alarm + 1, alarm + 1 + bars))
    return all(_ratio(series, usual, *span) < FALSE_BELOW for span in spans)


def _ratio(series: Series, usual: Sequence[float], begin: int, end: int) -> float:
    known = [value for value in series.values[begin:end] if value is not None]
    mean = sum(known) / max(1, len(known))
    return mean / statistics.mean(usual[begin:end])
