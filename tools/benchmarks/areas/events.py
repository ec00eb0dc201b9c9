"""Surges of six times the volume for an hour, put into recorded signals: false alarms, delays.

How it is measured: tools/benchmarks/surges. The detector's constants were chosen on the first half
of each signal; bars are judged on the second half, as means over the signals of 5-minute bars.
Rides by station hold hardly an event: there every alarm counts.
"""

import math
import statistics
from collections.abc import Sequence

from edgenode.core.estimate.events.detector import QUICK, STEADY, Detector
from tools.benchmarks import recorded
from tools.benchmarks.bench import Bench
from tools.benchmarks.measure import Contender, Run, Spread
from tools.benchmarks.recorded import Series
from tools.benchmarks.surges import Found, Ours, Ratio, lived

RATIO = "4 times the day's mean"
PEERS = (RATIO,)
SPREADS = {"steady": STEADY, "quick": QUICK}
HALVES = ((0.0, 0.5), (0.5, 1.0))
STEP_S = 300  # of the signals that bars are judged on
STEADY_BARS = (1.5, 90.0, 11.0)  # false alarms a day, % found, median delay in minutes
QUICK_BARS = (4.0, 88.0, 15.0)  # false alarms a day, % found within so many minutes
STATION_MONTH = 1.0
MONTH_S = 30.4 * 86_400
DAYS = 14  # of the invented signal
FED = 5_000  # bars


def run(bench: Bench) -> None:
    """Judge the second half of every signal; note all others."""
    data = None if bench.quick else recorded.folder()
    if data is None:
        bench.report.invented = True
        bench.report.notes.append(f"no recorded signals: set {recorded.VARIABLE}; one is invented")
    series = [_invented()] if data is None else _signals(list(recorded.all_of(data)))
    for name, spreads in SPREADS.items():
        bench.progress(f"events, {name}")
        _judge(bench, name, [_both(bench, name, one, spreads) for one in series])
    if bench.wants(RATIO):
        for one in series:
            _note(bench, RATIO, lived(one, Ratio(one.step_s), *HALVES))
    if data is not None:
        _stations(bench, list(recorded.rides_by_station(data)))
    longest = max(series, key=lambda one: len(one.values))
    bench.report.costs(bench.measure([Contender("ours, a bar", lambda: _feed(longest))]))
    bench.profile("events, bars of one signal", _feed(longest))


def _signals(series: Sequence[Series]) -> list[Series]:
    return [one for one in series if one.step_s <= STEP_S and one.name != recorded.RIDES]


def _both(bench: Bench, name: str, series: Series, spreads: float) -> Found | None:
    """Note both halves of a signal; return the second one, if its bars are judged."""
    watcher = Ours(Detector(series.step_s, counts=series.counts, spreads=spreads))
    halves = lived(series, watcher, *HALVES)
    _note(bench, name, halves)
    return halves[1] if series.step_s == STEP_S else None


def _note(bench: Bench, name: str, halves: Sequence[Found]) -> None:
    for half, found in zip(("first half, used for design", "second half"), halves, strict=True):
        bench.report.notes.append(
            f"{name}, {found.name}, {half}: {found.a_day:.2f} false alarms a day of "
            f"{len(found.alarms) / found.days:.2f}; {found.share():.0f} % found, "
            f"{found.share(15):.0f} % within 15 min, median {found.median:.0f} min"
        )


def _judge(bench: Bench, name: str, halves: Sequence[Found | None]) -> None:
    found, report = [one for one in halves if one is not None], bench.report
    if name == "steady":
        false, share, delay = STEADY_BARS
        _bar(bench, "steady: surges found", ">=", share, [one.share() for one in found], "%")
        medians = [one.median for one in found]
        report.bar("steady: median delay", "<=", delay, _spread(medians), unit="min")
    else:
        false, share, within = QUICK_BARS
        soon = [one.share(within) for one in found]
        _bar(bench, f"quick: surges found within {within:.0f} min", ">=", share, soon, "%")
    _bar(bench, f"{name}: false alarms a day", "<=", false, [one.a_day for one in found], "")


def _bar(
    bench: Bench, name: str, sense: str, limit: float, found: Sequence[float], unit: str
) -> None:
    assert sense in {"<=", ">="}
    bench.report.bar(name, "<=" if sense == "<=" else ">=", limit, _spread(found), unit=unit)


def _spread(found: Sequence[float]) -> Spread:
    return Spread(statistics.mean(found), min(found), max(found))


def _stations(bench: Bench, stations: Sequence[Series]) -> None:
    bench.progress(f"events, rides of {len(stations)} stations")
    for name, spreads in SPREADS.items():
        rates = []
        for one in stations:
            detector = Detector(one.step_s, counts=True, spreads=spreads)
            months = len(one.values) * one.step_s / MONTH_S
            rates.append(_alarms(one, detector) / months)
        title = f"{name}: alarms a station and month, rides"
        _bar(bench, title, "<=", STATION_MONTH, rates, "")


def _alarms(series: Series, detector: Detector) -> int:
    return sum(
        detector.bar(series.begin_s + i * series.step_s, value) is not None
        for i, value in enumerate(series.values)
    )


def _feed(series: Series) -> Run:
    detector = Detector(series.step_s, counts=series.counts)

    def run() -> int:
        values = series.values[:FED]
        for i, value in enumerate(values):
            detector.bar(series.begin_s + i * series.step_s, value)
        return len(values)

    return run


def _invented() -> Series:
    values = tuple(
        100 + 60 * math.sin(i * math.tau / 288) + i * 7_919 % 31 for i in range(DAYS * 288)
    )
    return Series("invented", STEP_S, counts=False, begin_s=0, values=values)
