"""Which source tells what another one told: at once, or some bars later.

Each source's newest surprise is put in units of its own spread. A copy stays near its original at
some lag; the mean squared distance is 2 (1 - correlation). One source a bar is compared with all
others, so a bar costs as much as there are sources.

The later one is the copy; of two that tell the same at once, the one that is known for less time,
then the later name. A source that hardly moves copies nobody.
"""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LAGS = 6  # bars
APART_MAX = 0.06  # a correlation of .97
SAMPLES_LEAST, SAMPLES = 60, 200
LOOK_BARS = 16
SPREAD_LEAST, SPREAD_BARS = 0.02, 1_000


@dataclass(slots=True)
class Told:
    """What one source told lately, in units of its own spread; None: it was silent."""

    bars: int = 0
    mean: float = 0.0
    square: float = 0.0
    newest: deque[float | None] = field(default_factory=lambda: deque(maxlen=LAGS))

    def take(self, log: float | None) -> None:
        """Take a surprise."""
        if log is None:
            self.newest.append(None)
            return
        self.bars += 1
        weight = max(1 / self.bars, 1 / SPREAD_BARS)
        self.mean += weight * (log - self.mean)
        self.square += weight * ((log - self.mean) ** 2 - self.square)
        spread = math.sqrt(self.square)
        moves = spread >= SPREAD_LEAST
        self.newest.append((log - self.mean) / spread if moves else None)


@dataclass(slots=True)
class Pair:
    """How far one source stands from what another one told, by lag in bars."""

    samples: list[int] = field(default_factory=lambda: [0] * LAGS)
    apart: list[float] = field(default_factory=lambda: [0.0] * LAGS)

    def take(self, later: float, before: Sequence[float | None]) -> None:
        """Compare what one told now with what the other told, `before` in order of time."""
        for lag, told in enumerate(reversed(before)):
            if told is not None:
                self.samples[lag] += 1
                weight = max(1 / self.samples[lag], 1 / SAMPLES)
                self.apart[lag] += weight * ((later - told) ** 2 - self.apart[lag])

    def follows(self, *, at_once: bool) -> bool:
        """Return whether the one copies the other: some bars later, or `at_once` too."""
        return any(
            self.samples[lag] >= SAMPLES_LEAST and self.apart[lag] <= APART_MAX
            for lag in range(0 if at_once else 1, LAGS)
        )


class Copies:
    """The sources of one target and the target itself, by name."""

    __slots__ = ("bars", "of", "pairs", "told")

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}
        self.pairs: dict[tuple[str, str], Pair] = {}
        self.of: dict[str, str] = {}  # the original of each copy
        self.bars = 0

    def take(self, logs: Mapping[str, float | None]) -> None:
        """Take the newest surprise of every source."""
        names = sorted(logs)
        for name in names:
            self.told.setdefault(name, Told()).take(logs[name])
        self.bars += 1
        one = names[self.bars % len(names)]
        newest = self.told[one].newest[-1]
        if newest is None:
            return
        for other in names:
            if other != one:
                pair = self.pairs.setdefault((one, other), Pair())
                pair.take(newest, self.told[other].newest)
        if self.bars % LOOK_BARS == 0:
            self.of = self._found()

    def forget(self, name: str) -> None:
        """Forget a source."""
        self.told.pop(name, None)
        self.pairs = {pair: held for pair, held in self.pairs.items() if name not in pair}
        self.of = self._found()

    def _found(self) -> dict[str, str]:
        order = sorted(self.told, key=lambda name: (-self.told[name].bars, name))
        of: dict[str, str] = {}
        for place, name in enumerate(order):
            for rank, other in enumerate(order):
                pair = self.pairs.get((name, other))
                at_once = rank < place
                if pair and pair.follows(at_once=at_once) and _root(of, other) != name:
                    of[name] = other
                    break
        return of


def _root(of: Mapping[str, str], name: str) -> str:
    while name in of:
        name = of[name]
    return name
