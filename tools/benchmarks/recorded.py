"""Recorded signals as bars: demand, venue volume and rides, from the folder of recorded markets.

A missing bar of a feed that reports every bar is None; a bar without a trade or a ride is 0.
"""

import csv
import gzip
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

VARIABLE = "EDGENODE_RECORDED"
RIDES = "bike share"
USDC, WETH = 10**6, 10**18
TICK = 1.0001


@dataclass(frozen=True, slots=True)
class Series:
    """One signal: bars of `step_s` seconds from `begin_s` on."""

    name: str
    step_s: int
    counts: bool
    begin_s: int
    values: tuple[float | None, ...]


def folder() -> Path | None:
    """Return where the recorded markets lie; None if nobody says so."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def all_of(data: Path) -> Iterator[Series]:
    """Yield every signal."""
    for file in sorted((data / "demand_nab").glob("*.csv")):
        yield _reported(file)
    for step_s in (60, 300):
        name = f"uniswap, {step_s // 60} min"
        yield _summed(name, step_s, _swaps(data), counts=False)
    yield _summed(RIDES, 300, ((at_s, 1.0) for at_s, _ in _rides(data)), counts=True)


def rides_by_station(data: Path) -> Iterator[Series]:
    """Yield the rides that begin at each station: a signal with a habit and hardly an event."""
    rides: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for at_s, station in _rides(data):
        rides[station].append((at_s, 1.0))
    for station, events in sorted(rides.items()):
        yield _summed(f"station {station}", 300, events, counts=True)


def _reported(file: Path) -> Series:
    """A count for every bar; what is left out is not known."""
    with file.open(encoding="utf-8", newline="") as rows:
        found = [(_seconds(row["timestamp"]), float(row["value"])) for row in csv.DictReader(rows)]
    steps = sorted(b - a for (a, _), (b, _) in pairwise(found))
    step_s = steps[len(steps) // 2]
    bars = {at_s // step_s: value for at_s, value in found}
    first, last = min(bars), max(bars)
    values = tuple(bars.get(i) for i in range(first, last + 1))
    return Series(file.stem, step_s, counts=True, begin_s=first * step_s, values=values)


def _summed(
    name: str, step_s: int, events: Iterable[tuple[int, float]], *, counts: bool
) -> Series:
    bars: defaultdict[int, float] = defaultdict(float)
    for at_s, value in events:
        bars[at_s // step_s] += value
    first, last = min(bars), max(bars)
    values = tuple(bars.get(i, 0.0) for i in range(first, last + 1))
    return Series(name, step_s, counts=counts, begin_s=first * step_s, values=values)


def _swaps(data: Path) -> Iterator[tuple[int, float]]:
    """Yield each minute's volume in USD: what was paid in, of either token."""
    for file in sorted((data / "venue_uniswap_polygon_weth_usdc").glob("2022-*.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                price = WETH / USDC / TICK ** float(row["closeTick"])
                paid = float(row["inAmount0"]) / USDC + float(row["inAmount1"]) / WETH * price
                yield _seconds(row["timestamp"]), paid


def _rides(data: Path) -> Iterator[tuple[int, str]]:
    """Yield when and at which station each ride begins."""
    for file in sorted((data / "venue_bikeshare_sf").glob("*.csv.gz")):
        with gzip.open(file, "rt", encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                yield int(float(row["start_utc"])), row["start_terminal"]


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
