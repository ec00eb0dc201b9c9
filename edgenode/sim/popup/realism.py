"""How like the recorded pool the made-up market is: the same statistics of both, side by side.

    kurtosis     excess, of one-minute log returns; 0 of a normal distribution
    clustering   correlation of |return| with the minute before
    spread_bp    between the best displayed prices
    depth        WETH displayed on one side, median minute
    fano         variance / mean of the WETH traded in an hour
    elasticity   of |return| to the minute's volume: the slope of their logarithms
    impact_bp    of a WETH of net flow, in its own minute

Recorded: the packaged days of sim/data. What differs is told, never tuned away here.
"""

import math
import statistics
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from edgenode.sim import recorded
from edgenode.sim.popup.arms import HOUR
from edgenode.sim.popup.market import made
from edgenode.sim.popup.prior import Parameters
from edgenode.sim.recorded import DAY_MINUTES, MINUTE_NS, Minute, RecordedDay
from edgenode.sim.venue.ladder import LOTS_PER_WETH, Ladder

DAYS = ("2022-07-27", "2022-08-07")
SEEDS = 20
HOUR_MINUTES = 60
EVERY = 10  # minutes between two looks at the displayed depth
NAMES = ("kurtosis", "clustering", "spread_bp", "depth", "fano", "elasticity", "impact_bp")
MEANINGS = {
    "kurtosis": "excess kurtosis of one-minute returns",
    "clustering": "correlation of |return| with the minute before",
    "spread_bp": "displayed spread, bp",
    "depth": "displayed depth of a side, WETH",
    "fano": "variance / mean of an hour's volume, WETH",
    "elasticity": "elasticity of |return| to volume",
    "impact_bp": "move of a WETH of flow in its own minute, bp",
}


@cache
def realism(base: Parameters, seeds: range = range(SEEDS)) -> dict[str, dict[str, float | None]]:
    """Return each statistic: recorded, made up in calm, and in the hour of the surge."""
    days = [recorded.load(day) for day in DAYS]
    local = [made(base, seed, HOUR).local for seed in seeds]
    whole, calm, surge = range(1, DAY_MINUTES), range(1, HOUR.begins), range(*HOUR)
    columns = {
        "recorded": statistics_of(days, whole),
        "calm": statistics_of(local, calm),
        "surge": statistics_of(local, surge),
    }
    return {name: {key: found[name] for key, found in columns.items()} for name in NAMES}


def statistics_of(days: Sequence[RecordedDay], minutes: range) -> dict[str, float | None]:
    """Return the mean of each statistic over days; None where no day has it."""
    found = [_day(day, minutes) for day in days]
    known = {name: [day[name] for day in found if name in day] for name in NAMES}
    return {
        name: round(statistics.mean(values), 3) if values else None
        for name, values in known.items()
    }


def _day(day: RecordedDay, minutes: range) -> dict[str, float]:
    moves = _moves(day, minutes)
    returns = [r for r, _ in moves]
    sizes = [(abs(a), abs(b)) for a, b in pairwise(returns)]
    logs = [(math.log(m.volume_weth), math.log(abs(r))) for r, m in moves if r and m.volume_weth]
    spread, depth = _shown(day, minutes)
    return {
        "kurtosis": _kurtosis(returns),
        "clustering": statistics.correlation(*zip(*sizes, strict=True)),
        "spread_bp": spread,
        "depth": depth,
        "elasticity": _slope(logs),
        "impact_bp": _slope([(m.net_flow_weth, r) for r, m in moves]) * 1e4,
        **_fano(day, minutes),
    }


def _moves(day: RecordedDay, minutes: range) -> list[tuple[float, Minute]]:
    """Return the log return of each minute whose prices are known, with the minute."""
    found = []
    for at in minutes:
        before, now = day.minutes[at - 1], day.minutes[at]
        if before.log_price is not None and now.log_price is not None:
            found.append((now.log_price - before.log_price, now))
    return found


def _shown(day: RecordedDay, minutes: range) -> tuple[float, float]:
    """Return (spread in bp, WETH on the asking side) of the displayed ladder, medians."""
    ladder, spreads, depths = Ladder(day), [], []
    for at in minutes[::EVERY]:
        ns = day.start_ns + at * MINUTE_NS
        bids, asks = ladder.shown(ns)
        spreads.append((asks[0].price_ticks - bids[0].price_ticks) / day.mid_ticks(ns) * 1e4)
        depths.append(sum(level.lots for level in asks) / LOTS_PER_WETH)
    return statistics.median(spreads), statistics.median(depths)


def _fano(day: RecordedDay, minutes: range) -> dict[str, float]:
    volumes = [day.minutes[at].volume_weth for at in minutes]
    hours = [
        sum(volumes[at : at + HOUR_MINUTES])
        for at in range(0, len(volumes) - HOUR_MINUTES + 1, HOUR_MINUTES)
    ]
    if len(hours) < 2:  # noqa: PLR2004  one hour has no variance
        return {}
    return {"fano": statistics.variance(hours) / statistics.mean(hours)}


def _kurtosis(values: Sequence[float]) -> float:
    mean, spread = statistics.mean(values), statistics.pstdev(values)
    return statistics.mean((v - mean) ** 4 for v in values) / spread**4 - 3


def _slope(pairs: Sequence[tuple[float, float]]) -> float:
    return statistics.linear_regression(*zip(*pairs, strict=True)).slope
