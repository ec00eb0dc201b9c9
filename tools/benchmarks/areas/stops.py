"""Automatic stops over recorded quotes: false ones a month, and how soon breakdowns are stopped.

How it is measured: tools/benchmarks/breakdowns. Constants were chosen on the same days, for there
are no more of them: the bars say that nothing stops there, not how often it would elsewhere. So
the rate that a stop-free record of so many days excludes (95 %) stands beside.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from edgenode.core.estimate.stops import fill_rate, slippage
from edgenode.core.estimate.stops.basis import Basis
from tools.benchmarks import quotes, recorded
from tools.benchmarks.bench import Bench
from tools.benchmarks.breakdowns import (
    EVERY_S,
    Lived,
    hedges,
    of_basis,
    of_fill_rate,
    of_slippage,
)
from tools.benchmarks.measure import Contender, Run
from tools.benchmarks.quotes import Pair, Quote, Tape

PEERS = ("none",)
MONTH = 30
FALSE_BAR = 1.0  # over all triggers, a month
FOUND_BAR = 95.0  # per cent of breakdowns, within what the handbook says
WITHIN = {"basis": 4, "slippage": 20, "fill rate, none": 15, "fill rate, half": 60}
UNIT = {"basis": "min"}
RULE_OF_THREE = 3.0  # 0 events in n: at most 3 / n, with 95 %
FED, PRICE = 2_000, 150_000


def run(bench: Bench) -> None:
    """Judge all markets; note each."""
    data = None if bench.quick else recorded.folder()
    if data is None:
        bench.report.invented = True
        bench.report.notes.append(
            f"no recorded quotes: set {recorded.VARIABLE}; some are invented"
        )
    pairs, tapes = ([_pair()], [_tape()]) if data is None else _recorded(data)
    named = quotes.eventful(data) if data is not None else frozenset()
    lives: dict[str, list[Lived]] = {kind: [] for kind in WITHIN}
    for pair in pairs:
        bench.progress(f"stops, {pair.name}")
        lives["basis"].append(of_basis(pair))
    for tape in tapes:
        bench.progress(f"stops, {tape.name}")
        lives["slippage"].append(of_slippage(tape))
        lives["fill rate, none"].append(of_fill_rate(tape, half=False))
        lives["fill rate, half"].append(of_fill_rate(tape, half=True))
    _judge(bench, lives, named)
    bench.report.costs(
        bench.measure(
            [
                Contender("basis, a minute", lambda: _minutes(pairs[0])),
                Contender("slippage, all kept hedges of a venue", lambda: _rows(tapes[0])),
                Contender("fill rate, the same", lambda: _fills(tapes[0])),
            ]
        )
    )
    bench.profile("slippage, all kept hedges of a venue", _rows(tapes[0]))


def _judge(bench: Bench, lives: dict[str, list[Lived]], named: frozenset[tuple[str, str]]) -> None:
    a_month = 0.0
    for kind, found in lives.items():
        spans = [one.among(_eventful(one, named)) for one in found]
        days, stops = sum(d for d, _ in spans), sum(s for _, s in spans)
        every = sum(sum(one.days.values()) for one in found), sum(len(o.stops) for o in found)
        if kind != "fill rate, half":  # the same lives as `none`
            a_month += MONTH * stops / max(days, 1e-9)
        bench.report.notes.append(
            f"{kind}: {stops} false stops in {days:.1f} quiet venue-days (less than "
            f"{MONTH * RULE_OF_THREE / max(days, 1e-9):.1f} a month, 95 %, if none); on all "
            f"{every[0]:.1f} days {every[1]}"
        )
        for one in found:
            known = sorted(delay for delay in one.delays if delay is not None)
            middle = known[len(known) // 2] if known else None
            bench.report.notes.append(
                f"{kind}, {one.name}: {len(known)} of {len(one.delays)} breakdowns stopped, "
                f"median delay {middle} {UNIT.get(kind, 'hedges')}"
            )
        within = WITHIN[kind]
        delays = [delay for one in found for delay in one.delays]
        share = 100 * sum(d is not None and d <= within for d in delays) / max(1, len(delays))
        name = f"{kind}: stopped within {within} {UNIT.get(kind, 'hedges')}"
        bench.report.bar(name, ">=", FOUND_BAR, share, unit="%")
    name = "false stops a month of quiet days, a venue, all triggers"
    bench.report.bar(name, "<=", FALSE_BAR, a_month, unit="")


def _recorded(data: Path) -> tuple[Sequence[Pair], Sequence[Tape]]:
    return list(quotes.pairs(data)), list(quotes.tapes(data))


def _eventful(one: Lived, named: frozenset[tuple[str, str]]) -> frozenset[str]:
    """Return the days of a market that a calendar names."""
    market = "uniswap" if one.name.startswith("WETH") else "fx"
    return frozenset(day for of, day in named if of == market)


def _pair() -> Pair:
    rng = random.Random(1)  # noqa: S311  the same in every run
    minutes = ((60 * i, PRICE + round(rng.gauss(0, 15)), PRICE) for i in range(3_000))
    return Pair("invented", tuple(minutes))


def _tape() -> Tape:
    rng, found = random.Random(1), []  # noqa: S311  the same in every run
    for i in range(14 * 1_440):
        mid = PRICE + round(rng.gauss(0, 30))
        found.append(Quote(60.0 * i, mid - 8, mid + 8))
    return Tape("invented", 60.0, tuple(found))


def _minutes(pair: Pair) -> Run:
    def run() -> int:
        basis = Basis()
        for at_s, one, other in pair.minutes[:FED]:
            basis.saw_reference(at_s * 10**9, other)
            basis.saw_venue(at_s * 10**9, one)
        return len(pair.minutes[:FED])

    return run


def _rows(tape: Tape) -> Run:
    rows = list(hedges(tape, EVERY_S))[:360]

    def run() -> int:
        slippage.judged(rows)
        return 1

    return run


def _fills(tape: Tape) -> Run:
    rows = list(hedges(tape, EVERY_S))[:360]

    def run() -> int:
        fill_rate.judged(rows)
        return 1

    return run
