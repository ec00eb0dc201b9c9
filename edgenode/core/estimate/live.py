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
takes the same bars; its newest alarm is `alarm`. Other sources of the instrument correct what it
says as far as they proved (`aggregate`); their bars are heard before its own is taken.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from edgenode.core.estimate.aggregate.aggregate import Aggregate
from edgenode.core.estimate.aggregate.words import Told, by_others, told
from edgenode.core.estimate.events.detector import Alarm, Detector
from edgenode.core.estimate.forecast.explanation import explain
from edgenode.core.estimate.forecast.horizon import Horizon
from edgenode.core.estimate.forecast.residuals import LEVELS
from edgenode.core.estimate.forecast.signal import TIMES, Quantiles, Signal
from edgenode.core.estimate.kept import Estimates
from edgenode.model.signals import Bar, Source

STALE_BARS = 5
MIDDLE = LEVELS.index(0.50)
PAST_BARS = 60  # that are kept to be shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The next minutes of one horizon: quantiles of the total, in the source's unit.

    `have` of `need` bars are taken; {} before that. `alone`: what the source would say without the
    others; {} where they change nothing, else `moved` says by how much they move its middle, as a
    factor. `chances` are those of so many times the usual; `sentence` says why. `fallen`: why the
    half-hour average speaks since `fallen_s`.
    """

    minutes: int
    have: int
    need: int
    quantiles: dict[str, float]
    alone: dict[str, float]
    moved: float
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
    usual: float | None  # a bar, by the half-hour average
    horizons: tuple[Ahead, ...]
    past: tuple[tuple[int, float | None], ...]  # the newest bars: when each began, its value
    said: tuple[tuple[int, tuple[float, float, float]], ...]  # q05, q50, q95 a bar, as then said
    others: tuple[Told, ...]  # what each other source adds


class LiveForecast:
    """One source's forecast, from what is kept of it."""

    def __init__(self, source: Source, kept: Estimates | None = None) -> None:
        signal, detector, aggregate = kept or Estimates()
        self.source = source
        counts, of = source.kind == "count", (source.step_s, source.kind == "count")
        fits = signal is not None and (signal.step_s, signal.counts) == of
        self.signal = signal if signal and fits else Signal(source.step_s, counts=counts)
        held = detector is not None and (detector.step_s, detector.counts) == of
        self.detector = detector if detector and held else Detector(source.step_s, counts=counts)
        follows = aggregate is not None and signal is self.signal
        self.aggregate = aggregate if aggregate and follows else self._aggregate()
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
        self.aggregate = self._aggregate()

    def _aggregate(self) -> Aggregate:
        return Aggregate(self.signal, early=self.source.form == "own")

    def hear(self, source: Source, bars: Sequence[Bar]) -> None:
        """Hear bars of another source of the instrument, in order, before this one's of then."""
        for bar in bars:
            self.aggregate.hear(source.id, bar.begins_s, _value(source, bar))

    @property
    def said(self) -> Quantiles:
        """Return the newest quantiles: the source's own, corrected by the others."""
        follows = self.aggregate.newest_s == self.signal.newest_s
        return self.aggregate.said if follows else self.signal.said

    def take(self, bar: Bar) -> None:
        """Take a bar; one that is not newer than the newest is only shown."""
        value = _value(self.source, bar)
        if self.signal.newest_s is None and value is None:
            return
        self._show(bar.begins_s, value)
        if self.signal.newest_s is None or bar.begins_s > self.signal.newest_s:
            self.since_save += 1
            self.signal.bar(bar.begins_s, value)
            if self.signal.newest_s == bar.begins_s:  # or it is doubted, and changes nothing yet
                self.aggregate.step(bar.begins_s, self.signal)
            self._note(bar.begins_s, self.said)
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
            others=told(self.aggregate),
        )

    def _horizons(self) -> tuple[Ahead, ...]:
        """Return what is ahead, worked out once a bar."""
        if self._ahead_of != self.signal.newest_s or not self._aheads:
            self._aheads = tuple(
                self._ahead(index, horizon) for index, horizon in enumerate(self.signal.horizons)
            )
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
        return signal.averages.local

    def _ahead(self, index: int, horizon: Horizon) -> Ahead:
        minutes, watch = horizon.minutes, horizon.watch
        why, alone, said = (
            explain(self.signal, minutes),
            self.signal.said.get(minutes, []),
            self.said.get(minutes, []),
        )
        corrected = said != alone
        moved = math.exp(self.aggregate.corrections[index].shift) if corrected else 1.0
        sentence = (
            f"{why.sentence} {by_others(self.aggregate, moved)}" if corrected else why.sentence
        )
        times = said[MIDDLE] / why.usual if why.known and said else 0.0
        return Ahead(
            minutes=minutes,
            have=why.bars_seen,
            need=why.bars_needed,
            quantiles=_named(said),
            alone=_named(alone) if corrected else {},
            moved=moved,
            usual=why.usual if why.known else None,
            times_usual=times if why.known else None,
            chances=self._chances(index, horizon) if said else {},
            sentence=sentence,
            fallen=watch.why,
            fallen_s=watch.since_s if watch.why else 0,
        )

    def _chances(self, index: int, horizon: Horizon) -> dict[int, float]:
        """Return how likely so many times the usual is, by the corrected quantiles."""
        signal, minutes = self.signal, horizon.minutes
        usual = signal.usual()[minutes]
        back = self.aggregate.uncorrected(index, signal)
        return {times: signal.chance(minutes, back(times * usual)) for times in TIMES}

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


def _value(source: Source, bar: Bar) -> float | None:
    return None if bar.value is None else bar.value / math.pow(10, source.decimals)


def _named(quantiles: list[float]) -> dict[str, float]:
    return dict(zip(map(name_of, LEVELS), quantiles, strict=True)) if quantiles else {}


def name_of(level: float) -> str:
    """Return a quantile's name: q05 for 0.05."""
    return f"q{round(level * 100):02d}"
