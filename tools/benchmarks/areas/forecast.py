"""The forecast on recorded signals, one bar at a time, beside averages with the same quantiles.

Loss: the pinball loss of nine quantiles of log(mean bar of the next H minutes + floor), over the
last 70 % of each signal. An average's quantiles are its level plus the empirical quantiles of its
own newest errors. "Best in hindsight": the average that did best on that signal and horizon.
Chances of 2 and 4 times the usual level are scored on the same bars (tools/benchmarks/chances).
"""

import math
import statistics
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field

from edgenode.core.estimate.forecast.horizon import HORIZONS_MIN, pinball
from edgenode.core.estimate.forecast.residuals import KEPT, LEVELS, NEEDED
from edgenode.core.estimate.forecast.saved import save
from edgenode.core.estimate.forecast.signal import TIMES, Signal
from tools.benchmarks import chances, recorded
from tools.benchmarks.bench import Bench
from tools.benchmarks.measure import Contender, Run, Spread
from tools.benchmarks.recorded import Series

VALUES_MIN = (15, 30, 60, 120, 480)  # half-lives of the averages of values
PEERS = (*(f"EWMA-{half_life}" for half_life in VALUES_MIN), "log-EWMA-30")
BEST = "best in hindsight"
BAR = "ours, a bar"
WARM = 0.3  # of a signal, that nothing is scored on
BARS = {"EWMA-60": 9.0, "log-EWMA-30": 4.5, BEST: 2.5}
CELLS_ABOVE_0, CELL_WORST = 90.0, -3.0
BAND, LOW, HIGH = (88.0, 92.0), 1, 7  # of the quantiles at 5 and 95 %
ONE_SIDED = 98.0
COST_US = 150.0  # of a bar, all horizons
STATE_KIB = 256.0
QUICK_BARS = 700


@dataclass(slots=True)
class Average:
    """An exponentially weighted average as a forecast: of values, or of their logs."""

    half_life_min: float
    logs: bool = False
    bars: int = 0
    level: float = 0.0
    errors: dict[int, list[float]] = field(default_factory=dict)  # by horizon, sorted
    newest: dict[int, deque[float]] = field(default_factory=dict)

    def take(self, value: float, floor: float, step_s: int) -> None:
        """Take a bar."""
        self.bars += 1
        found = math.log(value + floor) if self.logs else value
        weight = 1 - 0.5 ** (step_s / 60 / self.half_life_min)
        self.level += (found - self.level) * max(weight, 1 / self.bars)

    def middle(self, floor: float) -> float:
        """Return the log that it forecasts for any horizon."""
        return self.level if self.logs else math.log(self.level + floor)

    def quantiles(self, minutes: int) -> list[float] | None:
        """Return the newest errors of a horizon at LEVELS."""
        errors = self.errors.get(minutes, [])
        if len(errors) < NEEDED:
            return None
        return [errors[min(len(errors) - 1, int(p * len(errors)))] for p in LEVELS]

    def missed(self, minutes: int, error: float) -> None:
        """Keep an error."""
        errors = self.errors.setdefault(minutes, [])
        newest = self.newest.setdefault(minutes, deque())
        insort(errors, error)
        newest.append(error)
        if len(newest) > KEPT:
            del errors[bisect_left(errors, newest.popleft())]


def _averages(bench: Bench) -> dict[str, Average]:
    lives = (*VALUES_MIN, 30)
    return {
        name: Average(half_life, logs=name.startswith("log"))
        for name, half_life in zip(PEERS, lives, strict=True)
        if bench.wants(name)
    }


@dataclass(slots=True)
class Made:
    """What was said at one bar."""

    quantiles: dict[int, list[float]]
    middles: dict[str, float]  # of each average
    usual: dict[int, float]
    chances: dict[int, dict[int, float]]


@dataclass(slots=True)
class Cell:
    """One signal and horizon: what each forecast lost, and how often ours held."""

    name: str
    ours: float = 0.0
    others: dict[str, float] = field(default_factory=dict)
    scored: int = 0
    inside: int = 0
    below: int = 0

    def better(self, than: str) -> float:
        """Return by how much less we lose, in per cent."""
        theirs = min(self.others.values()) if than == BEST else self.others[than]
        return 100 * (1 - self.ours / theirs)


def run(bench: Bench) -> None:
    """Score every signal; judge over all cells."""
    data = recorded.folder()
    if data is None:
        bench.report.invented = True
        bench.report.notes.append(f"no recorded signals: set {recorded.VARIABLE}; one is invented")
    series = [_invented()] if data is None or bench.quick else list(recorded.all_of(data))
    cells, said, kib = [], chances.Chances(chances.Said), 0.0
    for one in series:
        bench.progress(f"forecast of {one.name}, {len(one.values):,} bars")
        signal = Signal(one.step_s, counts=one.counts)
        cells += _scored(one, signal, _averages(bench), said)
        kib = max(kib, len(save(signal)) / 1024)
    beside = [
        than for than in BARS if than in cells[0].others or (than == BEST and cells[0].others)
    ]
    for cell in cells:
        figures = ", ".join(f"{than} {cell.better(than):+.1f} %" for than in beside)
        held = f"90 % band {_share(cell.inside, cell):.1f}, 99 % {_share(cell.below, cell):.1f}"
        bench.report.notes.append(f"{cell.name}: {figures}; {held}")
    _judge(bench, cells, beside)
    bench.report.bar("largest state", "<=", STATE_KIB, kib, unit="KiB")
    chances.judge(bench.report, said)
    longest = max(series, key=lambda one: len(one.values))
    samples = bench.measure([Contender(BAR, lambda: _feed(longest))])
    bench.report.costs(samples)
    costs = [sample.cpu_each / 1_000 for sample in samples[BAR]]
    found = Spread(statistics.median(costs), min(costs), max(costs))
    bench.report.bar("CPU time of a bar, all horizons", "<=", COST_US, found, unit="us")
    bench.profile("forecast, bars of one signal", _feed(longest))


def _judge(bench: Bench, cells: list[Cell], beside: list[str]) -> None:
    report = bench.report
    for than in beside:
        gains = [cell.better(than) for cell in cells]
        found = Spread(statistics.mean(gains), min(gains), max(gains))
        report.bar(f"better than {than}, mean of cells", ">=", BARS[than], found, unit="%")
        above = 100 * sum(gain > 0 for gain in gains) / len(gains)
        report.bar(f"cells above {than}", ">=", CELLS_ABOVE_0, above, unit="%")
        report.bar(f"worst cell beside {than}", ">=", CELL_WORST, min(gains), unit="%")
    scored = sum(cell.scored for cell in cells)
    inside = 100 * sum(cell.inside for cell in cells) / scored
    report.bar("90 % band holds, at least", ">=", BAND[0], inside, unit="%")
    report.bar("90 % band holds, at most", "<=", BAND[1], inside, unit="%")
    below = 100 * sum(cell.below for cell in cells) / scored
    report.bar("99 % quantile holds", ">=", ONE_SIDED, below, unit="%")


def _share(count: int, cell: Cell) -> float:
    return 100 * count / max(1, cell.scored)


def _scored(
    series: Series, signal: Signal, averages: dict[str, Average], scored: chances.Chances
) -> list[Cell]:
    """Feed a signal bar by bar to all forecasts, and score what each said once it is known."""
    known = [value for value in series.values if value is not None]
    floor = 0.5 if series.counts else 0.05 * statistics.mean(known)
    minutes = [h for h in HORIZONS_MIN if h * 60 >= series.step_s]
    cells = {h: Cell(f"{series.name}, {h} min") for h in minutes}
    said: list[Made] = []
    for i, value in enumerate(series.values):
        for h in minutes:
            _settle(series, h, i, floor, said, averages, cells[h], scored)
        quantiles = signal.bar(series.begin_s + i * series.step_s, value)
        if value is not None:
            for average in averages.values():
                average.take(value, floor, series.step_s)
        middles = {name: average.middle(floor) for name, average in averages.items()}
        said.append(Made(quantiles, middles, signal.usual(), signal.probabilities()))
    return [cell for cell in cells.values() if cell.scored]


def _settle(  # noqa: PLR0913, PLR0917  what is known of one bar and horizon
    series: Series,
    minutes: int,
    now: int,
    floor: float,
    said: list[Made],
    averages: dict[str, Average],
    cell: Cell,
    scored: chances.Chances,
) -> None:
    """Score what was said a horizon ago, unless a bar since is missing."""
    bars = minutes * 60 // series.step_s
    made = now - bars
    if made < 0:
        return
    window = [value for value in series.values[made + 1 : now + 1] if value is not None]
    if len(window) < bars:
        return
    quantiles, middles = said[made].quantiles, said[made].middles
    found = math.log(sum(window) / bars + floor)
    theirs = {name: average.quantiles(minutes) for name, average in averages.items()}
    if made >= WARM * len(series.values) and minutes in quantiles and all(theirs.values()):
        logs = [math.log(total / bars + floor) for total in quantiles[minutes]]
        cell.scored += 1
        cell.ours += pinball(logs, found)
        cell.inside += logs[LOW] <= found <= logs[HIGH]
        cell.below += found <= logs[-1]
        for name, errors in theirs.items():
            loss = pinball([middles[name] + error for error in errors or ()], found)
            cell.others[name] = cell.others.get(name, 0.0) + loss
        for times in TIMES:
            came = sum(window) / bars >= times * said[made].usual[minutes]
            key = (series.name, minutes, times)
            scored[key].take(said[made].chances[minutes][times], came=came)
    for name, average in averages.items():
        average.missed(minutes, found - middles[name])


def _feed(series: Series) -> Run:
    signal = Signal(series.step_s, counts=series.counts)

    def run() -> int:
        for i, value in enumerate(series.values[:5_000]):
            signal.bar(series.begin_s + i * series.step_s, value)
        return min(5_000, len(series.values))

    return run


def _invented() -> Series:
    values = tuple(100 + 80 * math.sin(i / 40) + i * 7_919 % 97 for i in range(QUICK_BARS))
    return Series("invented", 300, counts=False, begin_s=0, values=values)
