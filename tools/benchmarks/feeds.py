"""A target with sources beside it, bar by bar: what its forecast lost alone, and what with them.

Loss is the pinball loss of nine quantiles, as in the area `forecast`, over the last 70 % of the
target. Both forecasts come from the same run, so that nothing but the other sources differs.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from edgenode.core.estimate.aggregate.aggregate import Aggregate
from edgenode.core.estimate.aggregate.announced import Event
from edgenode.core.estimate.aggregate.words import Told, told
from edgenode.core.estimate.forecast.horizon import pinball
from edgenode.core.estimate.forecast.signal import Quantiles, Signal
from tools.benchmarks.recorded import Series

WARM = 0.3  # of a target, that nothing is scored on
LOW, HIGH = 1, 7  # of the quantiles at 5 and 95 %
LEAD_BARS, LEAD_NOISE = 3, 0.5
BROKEN = 1e6
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Case:
    """A target and what is beside it; `kind`: recorded, or what was planted."""

    kind: str
    target: Series
    sources: Sequence[Series] = ()
    events: Sequence[Event] = ()


@dataclass(slots=True)
class Lost:
    """What one horizon lost, and how often the 90 % band held."""

    alone: float = 0.0
    with_them: float = 0.0
    scored: int = 0
    held: int = 0

    @property
    def gain(self) -> float:
        """Return by how much less is lost with the others, in per cent."""
        return 100 * (1 - self.with_them / self.alone) if self.alone else 0.0

    @property
    def band(self) -> float:
        """Return how often the corrected 90 % band held, in per cent."""
        return 100 * self.held / max(1, self.scored)


@dataclass(slots=True)
class Lived:
    """What came of a case, by horizon in minutes; the sources as they stood at the end."""

    case: Case
    lost: dict[int, Lost] = field(default_factory=dict)
    others: Sequence[Told] = ()

    def stood(self) -> str:
        """Return each source's state and share at the end."""
        words = []
        for one in self.others:
            copy = f" copy of {one.copy_of or 'the target'}" if one.copy_of is not None else ""
            words.append(f"{one.name} {one.state}{copy} {one.weight:.2f}")
        return "; ".join(words)


def lived(case: Case) -> Lived:
    """Run a case."""
    target = case.target
    signal = Signal(target.step_s, counts=target.counts)
    aggregate, found = Aggregate(signal), Lived(case)
    for source in case.sources:
        aggregate.join(source.name, source.step_s, counts=source.counts)
    aggregate.announce(case.events)
    said: list[tuple[Quantiles, Quantiles]] = []
    for i, value in enumerate(target.values):
        at_s = target.begin_s + i * target.step_s
        for source in case.sources:
            k = (at_s - source.begin_s) // source.step_s
            if 0 <= k < len(source.values):
                aggregate.hear(source.name, source.begin_s + k * source.step_s, source.values[k])
        alone = signal.bar(at_s, value)
        said.append((alone, aggregate.step(at_s, signal)))
        for minutes, bars in zip(aggregate.minutes, aggregate.spans, strict=True):
            lost = found.lost.setdefault(minutes, Lost())
            _settle(target, minutes, bars, i, said, signal.floor, lost)
    found.others = told(aggregate)
    return found


def _settle(  # noqa: PLR0913, PLR0917  what is known of one bar and horizon
    target: Series,
    minutes: int,
    bars: int,
    now: int,
    said: list[tuple[Quantiles, Quantiles]],
    floor: float,
    lost: Lost,
) -> None:
    """Score what was said a horizon ago, unless a bar since is missing."""
    made = now - bars
    window = [value for value in target.values[made + 1 : now + 1] if value is not None]
    if made < WARM * len(target.values) or len(window) < bars or minutes not in said[made][0]:
        return
    came = math.log(sum(window) / bars + floor)
    alone, with_them = (
        [math.log(one / bars + floor) for one in quantiles[minutes]] for quantiles in said[made]
    )
    lost.alone += pinball(alone, came)
    lost.with_them += pinball(with_them, came)
    lost.scored += 1
    lost.held += with_them[LOW] <= came <= with_them[HIGH]


def leading(target: Series, name: str = "leading", unit: float = 1.0) -> Series:
    """Return a feed that tells the target's bars earlier, with noise, in another unit."""
    rng = random.Random(target.name)  # noqa: S311  guards nothing
    values = tuple(
        None if value is None else unit * value * rng.lognormvariate(0, LEAD_NOISE)
        for value in target.values[LEAD_BARS:]
    )
    return Series(name, target.step_s, counts=False, begin_s=target.begin_s, values=values)


def useless(target: Series, name: str = "useless") -> Series:
    """Return a feed that says nothing of the target."""
    rng = random.Random(f"{target.name}/{name}")  # noqa: S311  guards nothing
    values = tuple(rng.lognormvariate(3, 1) for _ in target.values)
    return Series(name, target.step_s, counts=False, begin_s=target.begin_s, values=values)


def broken(target: Series) -> Series:
    """Return a leading feed that breaks halfway: a day of a million times, one repeated, none."""
    values = list(leading(target).values)
    half, day = len(values) // 2, DAY_S // target.step_s
    for i in range(half, min(half + day, len(values))):
        held = values[i]
        values[i] = None if held is None else BROKEN * held
    for i in range(half + day, min(half + 2 * day, len(values))):
        values[i] = values[half - 1]
    cut = tuple(values[: half + 2 * day])
    return Series("broken", target.step_s, counts=False, begin_s=target.begin_s, values=cut)


def announced(target: Series, times: float = 6.0) -> Case:
    """Return a target with planted surges of an hour, every other day announced; half fizzle."""
    rng = random.Random(target.name)  # noqa: S311  guards nothing
    values, events = list(target.values), []
    hour = 3_600 // target.step_s
    for day in range(1, len(values) * target.step_s // DAY_S):
        at = (day * DAY_S + rng.randrange(DAY_S - 3_600)) // target.step_s
        begins_s = target.begin_s + at * target.step_s
        events.append((begins_s, begins_s + 3_600))
        if rng.random() < 0.5:  # noqa: PLR2004
            continue
        for i in range(at, min(at + hour, len(values))):
            held = values[i]
            values[i] = None if held is None else times * held
    surging = Series(
        target.name, target.step_s, counts=target.counts, begin_s=target.begin_s,
        values=tuple(values),
    )  # fmt: skip
    return Case("calendar", surging, events=events)
