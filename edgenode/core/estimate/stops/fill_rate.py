"""The fill rate of a venue: hedges that do not fill any more.

    fills     an order that executed at least half of what it asked for
    p0        the share that filled before, as if 18 of 20 had at first; from 30 to 98 %
    S         max(0, S + log likelihood of p0 / 2 against p0); h = 12

A miss adds up to 3.2, a fill takes off log 2. Without a cause S passes h once in more than e^12 =
160,000 hedges (Lorden 1971). What a person released begins at S = 0 again.

Source: Bernoulli CUSUM, Reynolds and Stoumbos 1999.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from edgenode.core.state.hedged import Went

H, WARNS = 12.0, 8.0
PRIOR, PRIOR_FILLED = 20, 18
P_MIN, P_MAX = 0.30, 0.98
NEEDED = 20


class FillRate(NamedTuple):
    """How a venue's hedges stand: `filled` of the newest `of` that S counts."""

    score: float
    hedges: int
    usual: float
    filled: int
    of: int
    since_ns: int | None

    @property
    def known(self) -> bool:
        """Return whether enough hedges went to judge by."""
        return self.hedges >= NEEDED

    @property
    def text(self) -> str:
        """Return what is seen, for people."""
        if not self.known:
            return f"{self.hedges} of {NEEDED} hedges that ended"
        usual = f"usual {100 * self.usual:.0f} %"
        if not self.of:
            return f"hedges fill as usual: {usual}"
        return f"{self.filled} of the newest {self.of} hedges filled, {usual}, S {self.score:.1f}"


def judged(rows: Iterable[Went], released_ns: int = -1) -> FillRate:
    """Judge the hedges of one venue and instrument, oldest first; O(rows), and no memory."""
    score, hedges, before, since_ns = 0.0, 0, PRIOR_FILLED, None
    usual, filled, run = PRIOR_FILLED / PRIOR, 0, 0
    for row in rows:
        fills = 2 * row.filled_lots >= row.ordered_lots
        usual = max(P_MIN, min(P_MAX, before / (PRIOR + hedges)))
        hedges, before = hedges + 1, before + fills
        if hedges <= NEEDED or row.at_ns <= released_ns:
            continue
        half = usual / 2
        step = math.log(half / usual) if fills else math.log((1 - half) / (1 - usual))
        score = max(0.0, score + step)
        run, filled = (run + 1, filled + fills) if score else (0, 0)
        if score <= H:
            since_ns = None
        elif since_ns is None:
            since_ns = row.at_ns
    return FillRate(score, hedges, usual, filled, run, since_ns)
