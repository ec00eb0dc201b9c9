"""Slippage against what is usual: hedges that cost more than the venue's own past says.

    cost      of a hedge, beyond the reference that the gate saw
    usual     median of the newest 100 before it
    moves     what the reference moves in a minute, from one hedge's reference to the next
              (EWMA, half-life 10 hedges, no less than 1.5 bp): the scale of the moment
    x         (cost - usual) / moves
    z         the normal score of x's rank among the newest 300 before it, from 60 of them on
    S         max(0, S + z - k), k = 1/2; h = 8

It stops where S > h and what the hedges cost since S was 0 is, on average, more beyond the usual
than 8 bp, and than the usual itself. The rank makes heavy tails harmless, and bounds what one
hedge adds: the worst of 300 adds 2.4. That it matters is asked apart: a rank knows no size.

One hedge a minute is judged: those of one moment tell one thing. What a person released begins at
S = 0 again; the ranks go on.

Source: CUSUM, Page 1954; the average run without a cause is some 19,000 hedges (Siegmund 1985).
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from statistics import NormalDist, median
from typing import NamedTuple

from edgenode.core.state.hedged import Went

K, H = 0.5, 8.0
WARNS = 6.0
NEEDED, RANKED, MEDIAN_OF = 60, 300, 100
MATTERS_PPM = 800.0
MINUTE_NS = 60_000_000_000
DT_MIN, DT_MAX = 1 / 6, 1_440.0  # minutes
MOVES_HALF = 10.0
MOVE_FLOOR, MOVE_MAX = 1.5e-4, 0.2
PPM = 1e6
NORMAL = NormalDist()


class Slippage(NamedTuple):
    """How a venue's hedges stand. `beyond_ppm` is the mean of the run that S counts."""

    score: float
    hedges: int
    usual_ppm: float
    beyond_ppm: float
    since_ns: int | None

    @property
    def known(self) -> bool:
        """Return whether enough hedges went to judge by."""
        return self.hedges >= NEEDED

    @property
    def text(self) -> str:
        """Return what is seen, for people."""
        if not self.known:
            return f"{self.hedges} of {NEEDED} hedges that executed"
        usual, beyond = self.usual_ppm / 100, self.beyond_ppm / 100
        return f"hedges cost {beyond:+.1f} bp beyond the usual {usual:+.1f} bp, S {self.score:.1f}"


@dataclass(slots=True)
class _Moves:
    """What the reference moves in a minute, as hedges saw it."""

    square: float = MOVE_FLOOR**2
    before: Went | None = None

    def take(self, row: Went) -> float:
        """Take a hedge; return the scale of its moment, in ppm."""
        before, self.before = self.before, row
        if before is not None and before.reference_ticks > 0:
            minutes = (row.at_ns - before.at_ns) / MINUTE_NS
            minutes = max(DT_MIN, min(DT_MAX, minutes))
            move = abs(math.log(row.reference_ticks / before.reference_ticks))
            share = 1 - 0.5 ** (1 / MOVES_HALF)
            self.square += share * (min(MOVE_MAX, move) ** 2 / minutes - self.square)
        return PPM * max(MOVE_FLOOR, math.sqrt(self.square))


@dataclass(slots=True)
class _Ranks:
    """The newest x, sorted."""

    newest: list[float] = field(default_factory=list)
    order: list[float] = field(default_factory=list)

    def score(self, x: float) -> float | None:
        """Return the normal score of x among those before it, None while there are too few."""
        size = len(self.order)
        found = None
        if size >= NEEDED:
            below = (bisect_left(self.order, x) + bisect_right(self.order, x)) / 2
            found = NORMAL.inv_cdf((below + 0.5) / (size + 1))
        self.newest.append(x)
        insort(self.order, x)
        if size >= RANKED:
            del self.order[bisect_left(self.order, self.newest.pop(0))]
        return found


def judged(rows: Iterable[Went], released_ns: int = -1) -> Slippage:
    """Judge the hedges of one venue and instrument, oldest first; O(rows), and no memory."""
    costs: list[int] = []
    run: list[float] = []
    moves, ranks = _Moves(), _Ranks()
    score, since_ns, usual = 0.0, None, 0.0
    for row, cost in _one_a_minute(rows):
        scale = moves.take(row)
        usual = median(islice(reversed(costs), MEDIAN_OF)) if costs else float(cost)
        costs.append(cost)
        z = ranks.score((cost - usual) / scale)
        if z is None or row.at_ns <= released_ns:
            continue
        score = max(0.0, score + z - K)
        run = [*run, cost - usual] if score else []
        stops = score > H and _mean(run) > max(MATTERS_PPM, usual)
        if not stops:
            since_ns = None
        elif since_ns is None:
            since_ns = row.at_ns
    return Slippage(score, len(costs), usual, _mean(run), since_ns)


def _one_a_minute(rows: Iterable[Went]) -> Iterable[tuple[Went, int]]:
    """Yield hedges that executed against a reference, the first of each minute."""
    minute = -1
    for row in rows:
        if row.cost_ppm is None or row.reference_ticks <= 0 or row.at_ns // MINUTE_NS == minute:
            continue
        minute = row.at_ns // MINUTE_NS
        yield row, row.cost_ppm


def _mean(run: list[float]) -> float:
    return sum(run) / len(run) if run else 0.0
