"""Recorded quotes: of one market told by two sources, and of one market as a tape.

A day is quiet unless a public calendar names it (`known_events.csv` of the recorded markets).
Crossed quotes are left out. A pool's price where its row repeats the one before is not known.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DAY_S = 86_400
POOL_TICK, POOL_SCALE, SCALE = 1.0001, 1e12, 100_000  # ticks of our integers in a unit of price
POOL_HALF_SPREAD = 1e-4
FXCM_AHEAD_S = 5 * 3_600  # its clock is UTC-05
SOURCES = ("minute_btceur", "minute_btcusd")
PAIRS = ("eurusd", "nzdusd")


@dataclass(frozen=True, slots=True)
class Quote:
    """A bid and an ask, in ticks, and when they held (seconds)."""

    at_s: float
    bid: int
    ask: int

    @property
    def mid(self) -> int:
        """Return the middle, rounded down."""
        return (self.bid + self.ask) // 2


@dataclass(frozen=True, slots=True)
class Pair:
    """What two sources said of one market: (second, one's mid, the other's), a minute each."""

    name: str
    minutes: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Tape:
    """One market's quotes; an order meets the quote that holds `late_s` after its decision."""

    name: str
    late_s: float
    quotes: tuple[Quote, ...]


def eventful(data: Path) -> frozenset[tuple[str, str]]:
    """Return (market, day) of each day that a calendar names: uniswap, or fx."""
    with (data / "known_events.csv").open(encoding="utf-8", newline="") as rows:
        found = [(row["applies_to"], row["time_utc"][:10]) for row in csv.DictReader(rows)]
    return frozenset((market, day) for text, day in found for market in ("uniswap", "fx")
                     if market in text)  # fmt: skip


def pairs(data: Path) -> Iterator[Pair]:
    """Yield each market that two sources tell of; a pool beside what it was a minute before."""
    days = ("20180404", "20180405")
    euro, dollar = ([_minute(data, source, day) for day in days] for source in SOURCES)
    yield _both("BTC-EUR beside BTC-USD", _closes(euro), _closes(dollar))
    for pair in PAIRS:
        days = ("20140501", "20140502")
        one = [_ticks(data, "oanda", pair, day, 0) for day in days]
        other = [_ticks(data, "fxcm", pair, day, FXCM_AHEAD_S) for day in days]
        yield _both(f"{pair.upper()} of two brokers", _closes(one), _closes(other))
    pool = _closes([_pool(data)])
    late = {minute + 1: mid for minute, mid in pool.items()}
    yield _both("WETH-USDC, the reference a minute late", pool, late)


def tapes(data: Path) -> Iterator[Tape]:
    """Yield each market that hedges could have met; minutes meet what the next one says."""
    for pair in PAIRS:
        days = ("20140501", "20140502", "20140505", "20140506", "20140507")
        ticks = [quote for day in days for quote in _ticks(data, "oanda", pair, day, 0)]
        yield Tape(f"{pair.upper()}, a second late", 1.0, tuple(ticks))
    for source in SOURCES:
        found = [q for day in ("20180404", "20180405") for q in _minute(data, source, day)]
        yield Tape(f"{source.removeprefix('minute_')}, a minute late", 60.0, tuple(found))
    yield Tape("WETH-USDC, a minute late", 60.0, tuple(_pool(data)))


def day_of(at_s: float) -> str:
    """Return the UTC day."""
    return datetime.fromtimestamp(at_s, UTC).date().isoformat()


def _both(name: str, one: dict[int, int], other: dict[int, int]) -> Pair:
    both = sorted(one.keys() & other.keys())
    return Pair(name, tuple((minute * 60, one[minute], other[minute]) for minute in both))


def _closes(tapes: Iterable[Iterable[Quote]]) -> dict[int, int]:
    """Return the last mid of each minute."""
    return {int(q.at_s // 60): q.mid for quotes in tapes for q in quotes}


def _minute(data: Path, source: str, day: str) -> list[Quote]:
    """A minute's closes hold at its end."""
    rows = _rows(data / "venue_coinbase" / source / f"{day}_quote.zip")
    begin_s = _begins(day)
    return _sound(
        (begin_s + int(row[0]) / 1_000 + 59, float(row[4]), float(row[9])) for row in rows
    )


def _ticks(data: Path, broker: str, pair: str, day: str, ahead_s: int) -> list[Quote]:
    rows = _rows(data / f"fx_{broker}_tick" / pair / f"{day}_quote.zip")
    begin_s = _begins(day) + ahead_s
    return _sound((begin_s + int(row[0]) / 1_000, float(row[1]), float(row[2])) for row in rows)


def _pool(data: Path) -> list[Quote]:
    found: list[Quote] = []
    for file in sorted((data / "venue_uniswap_polygon_weth_usdc").glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as rows:
            found += _known(csv.DictReader(rows))
    return found


def _known(rows: Iterable[dict[str, str]]) -> Iterator[Quote]:
    before = ("", "")
    for row in rows:
        told = row["closeTick"], row["currentLiquidity"]
        stale = told == before and float(row["inAmount0"]) + float(row["inAmount1"]) > 0
        before = told
        if not stale and row["closeTick"]:
            at_s = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp() + 59
            price = POOL_SCALE / POOL_TICK ** float(row["closeTick"])
            yield from _sound(
                [(at_s, price * (1 - POOL_HALF_SPREAD), price * (1 + POOL_HALF_SPREAD))]
            )


def _sound(rows: Iterable[tuple[float, float, float]]) -> list[Quote]:
    found = (Quote(at_s, round(bid * SCALE), round(ask * SCALE)) for at_s, bid, ask in rows)
    return [quote for quote in found if 0 < quote.bid < quote.ask]


def _rows(file: Path) -> list[list[str]]:
    with zipfile.ZipFile(file) as packed:
        (name,) = packed.namelist()
        text = packed.read(name).decode()
    return list(csv.reader(io.StringIO(text)))


def _begins(day: str) -> int:
    return int(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).timestamp())
