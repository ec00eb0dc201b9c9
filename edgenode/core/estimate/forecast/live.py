"""The forecast of one source while the box runs: fed with its bars as they close.

    state       what it says
    ----------  ------------------------------------------------------------------------
    waiting     no bar with a value yet
    learning    what it says is old: it is taking many bars that are kept
    warming     n of m bars; until then the half-hour average stands in (fallback)
    ready       quantiles of the next minutes
    fallback    as ready, but in some horizon by the half-hour average: it had lost its skill
    stale       no value for `STALE_BARS`, or the newest is of a clock that was set back since; the
                quantiles are of then, and marked so

What bars it takes is in the table of bars, and a state is saved now and then: a start that loads
the state and takes the bars that are newer says the same, to the last bit. A detector of surges
takes the same bars; its newest alarm is `alarm`.
"""

import math
from collections import deque
from dataclasses import dataclass

from edgenode.core.estimate.events.detector import Alarm, Detector
from edgenode.core.estimate.forecast.explanation import explain
from edgenode.core.estimate.forecast.horizon import Horizon
from edgenode.core.estimate.forecast.residuals import LEVELS
from edgenode.core.estimate.forecast.signal import Chances, Quantiles, Signal
from edgenode.model.signals import Bar, Source

STALE_BARS = 5
PAST_BARS = 60  # that are kept to be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The next minutes of one horizon: quantiles of the total, in the source's unit.

    `have` of `need` bars are taken; {} before that. `chances` are those of so many times the
    usual; `sentence` says why. `fallen`: why the half-hour average speaks since `fallen_s`.
    """

    minutes: int
    have: int
    need: int
    quantiles: dict[str, float]
    usual: float | None
    times_usual: float | None
    chances: dict[int, float]
    sentence: str
    fallen: str
    fallen_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What there is to say of one source."""

    state: str
    newest_s: int | None  # where the newest bar began
    heard_s: int | None  # where the newest bar with a value ended
    usual: float | None  # a bar, by the half-hour average of logs
    horizons: tuple[Ahead, ...]
    past: tuple[tuple[int, float | None], ...]  # the newest bars: when each began, its value
    said: tuple[tuple[int, tuple[float, float, float]], ...]  # q05, q50, q95 a bar, as then said


class LiveForecast:
    """One source's forecast. `signal` and `detector`: as they were saved; None begins anew."""

    def __init__(
        self, source: Source, signal: Signal | None = None, detector: Detector | None = None
    ) -> None:
        self.source = source
        counts, of = source.kind == "count", (source.step_s, source.kind == "count")
        fits = signal is not None and (signal.step_s, signal.counts) == of
        self.signal = signal if signal and fits else Signal(source.step_s, counts=counts)
        held = detector is not None and (detector.step_s, detector.counts) == of
        self.detector = detector if detector and held else Detector(source.step_s, counts=counts)
        self.alarm: Alarm | None = None  # the newest surge that was found in a bar
        self.heard_s: int | None = None
        self.since_save = 0
        self.learning = False  # it has yet to take bars that are kept
        self._ahead_of: int | None = None  # the bar that the next is of
        self._aheads: tuple[Ahead, ...] = ()
        self._past: deque[tuple[int, float | None]] = deque(maxlen=PAST_BARS)
        self._said: deque[tuple[int, tuple[float, float, float]]] = deque(maxlen=PAST_BARS)

    def begin_anew(self) -> None:
        """Forget what was learned."""
        counts = self.source.kind == "count"
        self.signal = Signal(self.source.step_s, counts=counts)
        self.detector = Detector(self.source.step_s, counts=counts)

    def take(self, bar: Bar) -> None:
        """Take a bar; one that is not newer than the newest is only shown."""
        value = None if bar.value is None else bar.value / math.pow(10, self.source.decimals)
        if self.signal.newest_s is None and value is None:
            return
        self._show(bar.begins_s, value)
        if self.signal.newest_s is None or bar.begins_s > self.signal.newest_s:
            self.since_save += 1
            self._note(bar.begins_s, self.signal.bar(bar.begins_s, value))
            self.alarm = self.detector.bar(bar.begins_s, value) or self.alarm

    def passed(self, to_s: int) -> None:
        """Take it that no bar before `to_s` comes any more: those that are missing are unknown."""
        newest, step = self.signal.newest_s, self.source.step_s
        if newest is not None and to_s - step > newest:
            self.take(Bar(begins_s=to_s - step))

    def shown(self, now_s: int) -> Shown:
        """Return what there is to say."""
        signal = self.signal
        horizons = self._horizons()
        return Shown(
            state=self._state(now_s, horizons),
            newest_s=signal.newest_s,
            heard_s=self.heard_s,
            usual=self._usual(),
            horizons=horizons,
            past=tuple(self._past),
            said=tuple(self._said),
        )

    def _horizons(self) -> tuple[Ahead, ...]:
        """Return what is ahead, worked out once a bar."""
        if self._ahead_of != self.signal.newest_s or not self._aheads:
            chances = self.signal.probabilities() if self.signal.said else {}
            self._aheads = tuple(self._ahead(h, chances) for h in self.signal.horizons)
            self._ahead_of = self.signal.newest_s
        return self._aheads

    def _state(self, now_s: int, horizons: tuple[Ahead, ...]) -> str:
        if self.learning:
            return "learning"
        if self.heard_s is None:
            return "waiting"
        if abs(now_s - self.heard_s) > STALE_BARS * self.source.step_s:
            return "stale"
        if not any(ahead.quantiles for ahead in horizons):
            return "warming"
        return "fallback" if any(ahead.fallen for ahead in horizons) else "ready"

    def _usual(self) -> float | None:
        signal = self.signal
        if not signal.averages.bars:
            return None
        return max(0.0, math.exp(signal.averages.base) - signal.floor)

    def _ahead(self, horizon: Horizon, chances: Chances) -> Ahead:
        minutes, watch = horizon.minutes, horizon.watch
        said, why = self.signal.said.get(minutes), explain(self.signal, minutes)
        return Ahead(
            minutes=minutes,
            have=why.bars_seen,
            need=why.bars_needed,
            quantiles=dict(zip(map(name_of, LEVELS), said, strict=True)) if said else {},
            usual=why.usual if why.known else None,
            times_usual=why.times_usual if why.known else None,
            chances=chances.get(minutes, {}),
            sentence=why.sentence,
            fallen=watch.why,
            fallen_s=watch.since_s if watch.why else 0,
        )

    def _show(self, begins_s: int, value: float | None) -> None:
        step = self.source.step_s
        if self._past and begins_s <= self._past[-1][0]:
            return
        if self._past:
            missing = range(self._past[-1][0] + step, begins_s, step)
            self._past.extend((at, None) for at in missing[-PAST_BARS:])
        self._past.append((begins_s, value))
        if value is not None:
            self.heard_s = begins_s + step

    def _note(self, begins_s: int, said: Quantiles) -> None:
        """Keep what the shortest horizon that is said forecasts for a bar."""
        if not said:
            return
        minutes = min(said)
        bars = minutes * 60 / self.source.step_s
        low, middle, high = (said[minutes][LEVELS.index(q)] / bars for q in (0.05, 0.50, 0.95))
        self._said.append((begins_s + self.source.step_s, (low, middle, high)))


def name_of(level: float) -> str:
    """Return a quantile's name: q05 for 0.05."""
    return f"q{round(level * 100):02d}"
