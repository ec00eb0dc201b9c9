"""A recorded day of the Uniswap v3 pool WETH/USDC: price path, liquidity, customers' flow.

Within a minute log price runs linearly from the previous good close to this one. A row whose close
and liquidity repeat the previous row's while swaps happened has an unknown price: the path runs
straight to the next good close, never through a zero return. edgenode/sim/data/SOURCE.md names the
source.
"""

import csv
import gzip
import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources

from edgenode.model.errors import RefusedError

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
DAY_NS = 24 * 60 * MINUTE_NS
DAY_MINUTES = 24 * 60
COLUMNS = ["timestamp", "netAmount1", "closeTick", "inAmount0", "inAmount1", "currentLiquidity"]
TICKS_PER_USDC = 100
PRICE_MIN, PRICE_MAX = 1.0, 1e6  # USDC for a WETH
VOLUME_MAX_WETH = 1e9
TICK_BASE = 1.0001  # Uniswap v3 whitepaper, section 6.1


@dataclass(frozen=True, slots=True)
class Minute:
    """One recorded minute; `log_price` at its end, None = unknown."""

    log_price: float | None
    liquidity: int
    net_flow_weth: float
    volume_weth: float


class RecordedDay:
    """Price, liquidity and flow at any market time of one UTC day."""

    def __init__(self, start_ns: int, minutes: list[Minute]) -> None:
        self.start_ns = start_ns
        self.minutes = minutes
        known = [(i, m.log_price) for i, m in enumerate(minutes) if m.log_price is not None]
        # a close holds at the end of its minute
        self._at = [start_ns + (i + 1) * MINUTE_NS for i, _ in known]
        self._log = [price for _, price in known]
        self._mids: dict[int, int] = {}

    def moved(self, start_ns: int) -> "RecordedDay":
        """Return the same day under another date."""
        return self if start_ns == self.start_ns else RecordedDay(start_ns, self.minutes)

    def price(self, ns: int) -> float:
        """Return USDC per WETH."""
        after = bisect_right(self._at, ns)
        if after == 0:
            return math.exp(self._log[0])
        if after == len(self._at):
            return math.exp(self._log[-1])
        begin, end = self._at[after - 1], self._at[after]
        share = (ns - begin) / (end - begin)
        return math.exp(self._log[after - 1] + share * (self._log[after] - self._log[after - 1]))

    def mid_ticks(self, ns: int) -> int:
        """Return the mid in ticks of 0.01 USDC, constant within a market second."""
        second = ns // SECOND_NS
        mid = self._mids.get(second)
        if mid is None:
            mid = self._mids[second] = round(self.price(second * SECOND_NS) * TICKS_PER_USDC)
        return mid

    def close_ticks(self, ns: int) -> int:
        """Return the mid at the end of the minute that `ns` falls in."""
        return self.mid_ticks((ns // MINUTE_NS + 1) * MINUTE_NS)

    def minute(self, ns: int) -> Minute:
        """Return the recorded minute of a time."""
        index = (ns - self.start_ns) // MINUTE_NS
        return self.minutes[min(max(0, index), len(self.minutes) - 1)]

    def net_flow(self, ns: int) -> float:
        """Return what customers bought net in a minute, in WETH."""
        return self.minute(ns).net_flow_weth


@lru_cache(maxsize=4)
def load(day: str) -> RecordedDay:
    """Load a packaged day, e.g. `2022-07-27`."""
    name = f"uniswap-v3-polygon-weth-usdc-{day}.csv.gz"
    data = resources.files("edgenode.sim").joinpath("data", name).read_bytes()
    return parse(gzip.decompress(data).decode("ascii"))


def parse(text: str) -> RecordedDay:
    """Read the CSV of one UTC day; EN002 names the line that is none of it.

    Minutes that are missing have no flow and an unknown price.
    """
    rows = csv.DictReader(text.splitlines())
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise malformed(f"no column {', '.join(missing)} in the first line")
    minutes: dict[int, Minute] = {}
    start_ns, before = 0, None
    for number, row in enumerate(rows, start=2):
        try:
            at_ns = _time_ns(row["timestamp"])
            start_ns = start_ns or at_ns - at_ns % DAY_NS
            here = (row["closeTick"], row["currentLiquidity"])
            swapped = row["inAmount0"] != "0" or row["inAmount1"] != "0"
            minute = _minute(row, unknown=swapped and here == before)
        except (ValueError, TypeError, OverflowError) as error:
            raise malformed(f"line {number}: {str(error)[:120]}") from error
        index = (at_ns - start_ns) // MINUTE_NS
        if not 0 <= index < DAY_MINUTES or index in minutes:
            raise malformed(f"line {number}: {row['timestamp']} is there twice, or of another day")
        minutes[index] = minute
        before = here
    if all(minute.log_price is None for minute in minutes.values()):
        raise malformed("no minute with a price")
    unknown = Minute(None, 0, 0.0, 0.0)
    return RecordedDay(start_ns, [minutes.get(i, unknown) for i in range(DAY_MINUTES)])


def malformed(found: str) -> RefusedError:
    """Return what refuses a file that holds no recorded day."""
    return RefusedError(
        found,
        expected=f"minutes of one UTC day as CSV with {', '.join(COLUMNS)}",
        do="take a file as edgenode/sim/data/SOURCE.md describes it: unpacked, whole, unchanged",
        code="EN002",
    )


def _time_ns(text: str) -> int:
    at = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return int(at.timestamp()) * SECOND_NS


def _minute(row: dict[str, str], *, unknown: bool) -> Minute:
    log_price = math.log(1e12) - int(float(row["closeTick"])) * math.log(TICK_BASE)
    price = math.exp(log_price)
    if not PRICE_MIN <= price <= PRICE_MAX:
        raise ValueError(f"closeTick {row['closeTick']}: a price of {price:g} USDC")
    volume = int(row["inAmount1"]) / 1e18 + int(row["inAmount0"]) / 1e6 / price
    net_flow = -int(row["netAmount1"]) / 1e18
    if max(volume, abs(net_flow)) > VOLUME_MAX_WETH:
        raise ValueError(f"a volume of more than {VOLUME_MAX_WETH:g} WETH in a minute")
    if min(int(row[name]) for name in ("inAmount0", "inAmount1", "currentLiquidity")) < 0:
        raise ValueError("an amount or a liquidity below 0")
    return Minute(
        log_price=None if unknown else log_price,
        liquidity=int(row["currentLiquidity"]),
        net_flow_weth=net_flow,
        volume_weth=volume,
    )
