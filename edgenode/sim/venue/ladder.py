"""Depth of a recorded Uniswap v3 pool as a ladder of price steps.

WETH for sale between prices p0 < p1 = L x 1e-12 x (1/sqrt(p0) - 1/sqrt(p1)) (Uniswap v3
whitepaper, 6.2, in the pool's raw units), in steps of 0.10 USDC, whole lots rounded down. A step
trades at its far edge, so rounding is always against the taker.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

from edgenode.sim.recorded import MINUTE_NS, SECOND_NS, RecordedDay

STEP_TICKS = 10
LOTS_PER_WETH = 100
TICKS_PER_USDC = 100
DISPLAYED = 10
SHOWN_KEPT = 4_096
DEEPEST = 400  # 40 USDC away: nobody trades further
HALF_LIFE_NS = 60 * SECOND_NS


class PriceLevel(NamedTuple):
    """One step: its price and its lots."""

    price_ticks: int
    lots: int


class Ladder:
    """The recorded pool's depth at any market time, shared by all venues on one day."""

    def __init__(self, day: RecordedDay, exponent: float = 1.0) -> None:
        """Walk a day's depth; what q trades moves the price by is as q^exponent."""
        self.day = day
        self._widths = [1.0] * DEEPEST
        if exponent != 1.0:
            ends = [step ** (1 / exponent) for step in range(DEEPEST + 1)]
            self._widths = [end - begin for begin, end in pairwise(ends)]
        self._shown: dict[
            tuple[int, int, int], tuple[tuple[PriceLevel, ...], tuple[PriceLevel, ...]]
        ] = {}

    def levels(
        self, side: str, ns: int, *, shift_ticks: int = 0, divisor: int = 1
    ) -> Iterator[PriceLevel]:
        """Walk what a taker on `side` would meet, best first; `divisor` thins the depth."""
        centre = self.day.mid_ticks(ns) + shift_ticks
        liquidity = self.day.minute(ns).liquidity * 1e-12 / divisor
        direction = 1 if side == "buy" else -1
        near = centre
        for width in self._widths:
            far = near + direction * STEP_TICKS
            if far <= 0:
                return
            low, high = min(near, far) / TICKS_PER_USDC, max(near, far) / TICKS_PER_USDC
            lots = int(width * liquidity * (1 / sqrt(low) - 1 / sqrt(high)) * LOTS_PER_WETH)
            if lots:
                yield PriceLevel(far, lots)
            near = far

    def shown(
        self, ns: int, *, shift_ticks: int = 0, divisor: int = 1
    ) -> tuple[tuple[PriceLevel, ...], tuple[PriceLevel, ...]]:
        """Return (bids, asks) of the displayed steps; computed once per market second."""
        key = (ns // SECOND_NS, shift_ticks, divisor)
        found = self._shown.get(key)
        if found is None:
            if len(self._shown) > SHOWN_KEPT:
                self._shown.clear()
            asks = self.levels("buy", ns, shift_ticks=shift_ticks, divisor=divisor)
            bids = self.levels("sell", ns, shift_ticks=shift_ticks, divisor=divisor)
            found = self._shown[key] = (_first(bids), _first(asks))
        return found

    def volume_lots(self, ns: int) -> int:
        """Return the recorded volume of the last whole minute, in lots."""
        return round(self.day.minute(ns - MINUTE_NS).volume_weth * LOTS_PER_WETH)


@dataclass(slots=True)
class Impact:
    """How far our own trades have moved the price that we face; it halves by and by."""

    half_life_ns: int = HALF_LIFE_NS
    shift_ticks: float = 0.0
    at_ns: int = 0

    def at(self, ns: int) -> int:
        """Return the shift at a time, in whole ticks."""
        return round(self._decayed(ns))

    def push(self, ticks: float, ns: int) -> None:
        """Add what an execution moved."""
        self.shift_ticks = self._decayed(ns) + ticks
        self.at_ns = ns

    def _decayed(self, ns: int) -> float:
        return float(self.shift_ticks * 0.5 ** (max(0, ns - self.at_ns) / self.half_life_ns))


def _first(levels: Iterator[PriceLevel]) -> tuple[PriceLevel, ...]:
    found = []
    for level in levels:
        found.append(level)
        if len(found) == DISPLAYED:
            break
    return tuple(found)
