"""What other sources are worth beside a forecast: recorded neighbours, and planted feeds.

How it is measured: tools/benchmarks/feeds. Recorded: each series of tweets beside the four others,
the two busiest bike stations beside the other seven of eight. Planted beside a recorded target: a
feed that leads it by three bars, the same with a copy of it, useless ones, one that breaks, and a
calendar of surges that half fizzle.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

from edgenode.core.estimate.aggregate.aggregate import Aggregate
from edgenode.core.estimate.forecast.signal import Signal
from tools.benchmarks import feeds, recorded
from tools.benchmarks.bench import Bench
from tools.benchmarks.feeds import Case, Lived
from tools.benchmarks.measure import Contender, Run, Spread
from tools.benchmarks.recorded import Series

ALONE, BESIDE = "a bar alone", "a bar beside 8 sources"
PEERS = (ALONE,)
STEP_S = 300
STATIONS, TARGETS = 8, 2
SOURCES = 8  # of the costs
COST_US = 500.0  # of a bar beside that many sources
LOST_MOST = -0.5  # % by which any recorded or useless source may make a horizon worse
LEAD_LEAST = 3.0  # % that a leading feed saves, mean of horizons
COPY_MOST = 0.3  # % by which a copy may change that
BROKEN_LEAST = -1.0  # % where it broke halfway
FED, DAYS = 1_000, 4  # bars of the costs; days of the invented target


def run(bench: Bench) -> None:
    """Run every case; print a table, judge what was planted."""
    data = None if bench.quick else recorded.folder()
    if data is None:
        bench.report.invented = True
        bench.report.notes.append(f"no recorded signals: set {recorded.VARIABLE}; one is invented")
    cases = list(_planted(_invented())) if data is None else [*_recorded(data), *_beside(data)]
    found = []
    for case in cases:
        bench.progress(f"aggregate, {case.kind} beside {case.target.name}")
        found.append(feeds.lived(case))
        bench.report.notes.append(_line(found[-1]))
    _judge(bench, found)
    contenders = [Contender(BESIDE, _feed(SOURCES))]
    if bench.wants(ALONE):
        contenders.append(Contender(ALONE, _feed(0)))
    samples = bench.measure(contenders)
    bench.report.costs(samples)
    costs = [sample.cpu_each / 1_000 for sample in samples[BESIDE]]
    spread = Spread(sorted(costs)[len(costs) // 2], min(costs), max(costs))
    bench.report.bar(f"CPU time of a bar beside {SOURCES}", "<=", COST_US, spread, unit="us")
    bench.profile("a target's bars beside 8 sources", _feed(SOURCES)())


def _recorded(data: Path) -> Iterator[Case]:
    tweets = [one for one in recorded.all_of(data) if one.name.startswith("Twitter")]
    rides = sorted(recorded.rides_by_station(data), key=lambda one: -sum(filter(None, one.values)))
    for group, targets in ((tweets, tweets), (rides[:STATIONS], rides[:TARGETS])):
        for target in targets:
            yield Case("recorded", target, [one for one in group if one is not target])


def _beside(data: Path) -> Iterator[Case]:
    wanted = {"Twitter_volume_AAPL", "uniswap, 5 min"}
    for target in recorded.all_of(data):
        if target.name in wanted:
            yield from _planted(target)


def _planted(target: Series) -> Iterator[Case]:
    lead, noise = feeds.leading(target), feeds.useless(target)
    yield Case("leading", target, [lead, noise])
    copy = Series(
        "copy", lead.step_s, counts=False, begin_s=lead.begin_s,
        values=tuple(None if value is None else 3 * value for value in lead.values),
    )  # fmt: skip
    yield Case("copied", target, [lead, noise, copy])
    yield Case("useless", target, [feeds.useless(target, f"useless {i}") for i in range(4)])
    yield Case("broken", target, [feeds.broken(target)])
    yield feeds.announced(target)


def _line(found: Lived) -> str:
    gains = ", ".join(f"{minutes} min {lost.gain:+.2f} %" for minutes, lost in found.lost.items())
    bands = "/".join(f"{lost.band:.1f}" for lost in found.lost.values())
    return f"{found.case.kind}, {found.case.target.name}: {gains}; band {bands}; {found.stood()}"


def _judge(bench: Bench, found: list[Lived]) -> None:
    report = bench.report

    def gains(kind: str) -> list[float]:
        return [lost.gain for one in found if one.case.kind == kind for lost in one.lost.values()]

    for kind, limit in (("recorded", LOST_MOST), ("useless", LOST_MOST), ("broken", BROKEN_LEAST)):
        if gains(kind):
            report.bar(f"{kind}: worst horizon", ">=", limit, round(min(gains(kind)), 3), unit="%")
    lead, copied = gains("leading"), gains("copied")
    mean = sum(lead) / len(lead)
    report.bar(
        "leading: saved, mean", ">=", LEAD_LEAST, Spread(mean, min(lead), max(lead)), unit="%"
    )
    apart = max(abs(a - b) for a, b in zip(lead, copied, strict=True))
    report.bar("a copy changes at most", "<=", COPY_MOST, round(apart, 3), unit="%")
    calendar = gains("calendar")
    report.bar("calendar: worst horizon", ">=", LOST_MOST, round(min(calendar), 3), unit="%")
    for kind, name in (("leading", "leading"), ("leading", "useless")):
        shares = [
            other.weight
            for one in found
            if one.case.kind == kind
            for other in one.others
            if other.name == name
        ]
        sense, limit = (">=", 0.9) if name == "leading" else ("<=", 0.1)
        worst = min(shares) if name == "leading" else max(shares)
        report.bar(
            f"share of the {name} feed", ">=" if sense == ">=" else "<=", limit, worst, unit=""
        )


def _feed(sources: int) -> Callable[[], Run]:
    target = _invented()
    beside = [feeds.leading(target, f"s{i}", 1.0 + i) for i in range(sources)]

    def made() -> Run:
        signal = Signal(STEP_S, counts=False)
        aggregate = Aggregate(signal)
        for source in beside:
            aggregate.join(source.name, STEP_S, counts=False)

        def bars() -> int:
            for i, value in enumerate(target.values[:FED]):
                for source in beside:
                    if i < len(source.values):
                        aggregate.hear(source.name, i * STEP_S, source.values[i])
                signal.bar(i * STEP_S, value)
                aggregate.step(i * STEP_S, signal)
            return min(FED, len(target.values))

        return bars

    return made


def _invented() -> Series:
    values = tuple(
        100 + 60 * math.sin(i * math.tau / 288) + i * 7_919 % 31 + 40 * math.sin(i / 9) ** 2
        for i in range(DAYS * 288)
    )
    return Series("invented", STEP_S, counts=False, begin_s=0, values=values)
