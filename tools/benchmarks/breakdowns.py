"""Triggers over recorded quotes: what stops without a cause, and how soon a breakdown stops.

    kind       a life without a cause               a breakdown that is put in
    ---------  -----------------------------------  --------------------------------------------
    basis      the minutes of two sources           one of them is moved by 12 of its spreads
    slippage   hedges at moments drawn by chance    each costs 30 bp more
    fill_rate  the same hedges, limit 10 bp beyond  none fills, or every other one of those that
               the touch of their decision          did

A false stop is released at once, as a person would who finds nothing, and the life goes on.
"""

import copy
import random
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from edgenode.core.estimate.stops import fill_rate, slippage
from edgenode.core.estimate.stops.basis import Basis
from edgenode.core.state.hedged import KEPT, PPM, Went
from tools.benchmarks.quotes import DAY_S, Pair, Quote, Tape, day_of

EVERY_S = 600  # between two hedges, on average: more than on any quiet day
FAR_S = 900  # no quote for longer: no hedge
LIMIT_PPM = 1_000
SPREADS, MORE_PPM = 12, 3_000
PLANTED, WATCHED = 24, 30  # breakdowns, and how many minutes each is watched
HEDGES_MAX = 120
SECOND_NS = 1_000_000_000
Judge = Callable[[Sequence[Went], int], "int | None"]


@dataclass(slots=True)
class Lived:
    """What came of one market: days by day's name, stops, delays (None: not found)."""

    name: str
    days: dict[str, float] = field(default_factory=dict)
    stops: list[str] = field(default_factory=list)  # the day of each
    delays: list[int | None] = field(default_factory=list)

    def among(self, left_out: frozenset[str]) -> tuple[float, int]:
        """Return the days and the stops outside some days."""
        days = sum(span for day, span in self.days.items() if day not in left_out)
        return days, sum(day not in left_out for day in self.stops)

    def share(self, within: int) -> float:
        """Return how many breakdowns were stopped in time, in per cent."""
        soon = sum(delay is not None and delay <= within for delay in self.delays)
        return 100 * soon / max(1, len(self.delays))


def of_basis(pair: Pair) -> Lived:
    """Let the minutes of two sources pass, and break them at some."""
    found, rng = Lived(pair.name), random.Random(pair.name)  # noqa: S311  the same in every run
    size = len(pair.minutes)
    breaks = {rng.randrange(size // 4, size - WATCHED) for _ in range(PLANTED)}
    basis, since_ns = Basis(), None
    for i, (at_s, one, other) in enumerate(pair.minutes):
        if i in breaks and basis.known:
            found.delays.append(_broken(copy.deepcopy(basis), pair.minutes[i : i + WATCHED]))
        _minute(basis, at_s, one, other)
        _count(found, day_of(at_s), 60)
        if basis.since_ns is not None and basis.since_ns != since_ns:
            found.stops.append(day_of(at_s))
        since_ns = basis.since_ns
    return found


def of_slippage(tape: Tape, every_s: float = EVERY_S) -> Lived:
    """Let hedges meet a tape, and cost more at some."""
    rows = list(hedges(tape, every_s))
    dearer = _each(lambda row: replace_cost(row, MORE_PPM))
    return _judged(tape.name, rows, lambda told, at: slippage.judged(told, at).since_ns, dearer)


def of_fill_rate(tape: Tape, *, half: bool, every_s: float = EVERY_S) -> Lived:
    """Let hedges meet a tape, and fill no more, or half as often, at some."""
    rows = list(hedges(tape, every_s))

    def broken(after: Sequence[Went]) -> list[Went]:
        lost = [not half or i % 2 == 0 for i in range(len(after))]
        return [
            row._replace(filled_lots=0) if one else row
            for one, row in zip(lost, after, strict=True)
        ]

    return _judged(tape.name, rows, lambda told, at: fill_rate.judged(told, at).since_ns, broken)


def hedges(tape: Tape, every_s: float) -> Iterator[Went]:
    """Yield hedges at moments drawn by chance: as decided on one quote, and met by a later one."""
    rng = random.Random(tape.name)  # noqa: S311  the same in every run
    times = [quote.at_s for quote in tape.quotes]
    at_s = times[0]
    while True:
        at_s += rng.expovariate(1 / every_s)
        seen = bisect_left(times, at_s) - 1
        met = bisect_left(times, max(at_s, times[seen]) + tape.late_s - 1e-6)
        if met >= len(times):
            return
        if times[met] - at_s <= FAR_S and at_s - times[seen] <= FAR_S:
            yield _went(at_s, tape.quotes[seen], tape.quotes[met], buys=rng.random() < 1 / 2)


def replace_cost(row: Went, more_ppm: int) -> Went:
    """Return a hedge that cost so much more."""
    return row if row.cost_ppm is None else row._replace(cost_ppm=row.cost_ppm + more_ppm)


def _went(at_s: float, seen: Quote, met: Quote, *, buys: bool) -> Went:
    way, touch, price = (1, seen.ask, met.ask) if buys else (-1, seen.bid, met.bid)
    beyond = way * (price - touch) * PPM // touch
    cost = way * (price - seen.mid) * PPM // seen.mid
    filled = 100 if beyond <= LIMIT_PPM else 0
    return Went(round(at_s * SECOND_NS), seen.mid, 100, filled, cost)


def _judged(
    name: str,
    rows: Sequence[Went],
    judge: Judge,
    broken: Callable[[Sequence[Went]], list[Went]],
) -> Lived:
    """Let hedges end one by one; break what comes behind some of them."""
    found, rng, released = Lived(name), random.Random(name), -1  # noqa: S311  the same each time
    first = min(len(rows) // 3, KEPT)
    breaks = {rng.randrange(first, max(first + 1, len(rows) - 40)) for _ in range(PLANTED)}
    for i, row in enumerate(rows):
        at_s = row.at_ns // SECOND_NS
        if i in breaks:
            told = [*rows[max(0, i - KEPT) : i], *broken(rows[i : i + HEDGES_MAX])]
            found.delays.append(_delay(told, min(i, KEPT), judge, rows[i - 1].at_ns))
        since_ns = judge(rows[max(0, i + 1 - KEPT) : i + 1], released)
        if since_ns is not None:
            found.stops.append(day_of(at_s))
            released = row.at_ns
        before = rows[i - 1].at_ns if i else row.at_ns
        _count(found, day_of(at_s), min(FAR_S, (row.at_ns - before) / SECOND_NS))
    return found


def _delay(told: Sequence[Went], begins: int, judge: Judge, released: int) -> int | None:
    """Return with which broken hedge it stops."""
    for count in range(begins + 1, len(told) + 1):
        if judge(told[max(0, count - KEPT) : count], released) is not None:
            return count - begins
    return None


def _broken(basis: Basis, minutes: Sequence[tuple[int, int, int]]) -> int | None:
    """Return in which minute a basis that broke is stopped."""
    factor = 1 + SPREADS * basis.spread
    stood = basis.since_ns
    for count, (at_s, one, other) in enumerate(minutes, start=1):
        _minute(basis, at_s, round(one * factor), other)
        basis.saw_reference((at_s + 60) * SECOND_NS, other)  # the minute is over
        if basis.since_ns not in {None, stood}:
            return count
    return None


def _minute(basis: Basis, at_s: int, one: int, other: int) -> None:
    basis.saw_reference(at_s * SECOND_NS, other)
    basis.saw_venue(at_s * SECOND_NS, one)


def _count(found: Lived, day: str, seconds: float) -> None:
    found.days[day] = found.days.get(day, 0.0) + seconds / DAY_S


def _each(change: Callable[[Went], Went]) -> Callable[[Sequence[Went]], list[Went]]:
    return lambda rows: [change(row) for row in rows]
