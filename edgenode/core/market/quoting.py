"""A minimal two-sided quote around a reference, in integers.

Reservation price = mid x (1 - skew x net): long inventory quotes lower, so that the next fill
rather reduces it (the linear form of Avellaneda and Stoikov, 2008). The bid rounds down, the ask
up to the tick. 1 bp = 100 ppm.
"""

from dataclasses import dataclass
from typing import NamedTuple

from edgenode.model.money import div_down, div_up

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Quote:
    """Two prices with their sizes; 0 lots = no such side."""

    bid_ticks: int
    ask_ticks: int
    bid_lots: int
    ask_lots: int


class Pricing(NamedTuple):
    """How a quote is priced before the hedge room narrows or widens it, a million = the price."""

    half_spread_ppm: int
    skew_ppm: (
        int  # how far both sides stand below the reference for each `unit_lots` of `net_lots`
    )
    net_lots: int
    unit_lots: int
    size_lots: int


def widened(half_spread_ppm: int, most_ppm: int, *, room_lots: int, size_lots: int) -> int:
    """Return a half-spread that grows evenly to its most as the room for a size goes to none."""
    if room_lots >= size_lots:
        return half_spread_ppm
    lacks = size_lots - min(max(0, room_lots), size_lots)
    return half_spread_ppm + div_up((most_ppm - half_spread_ppm) * lacks, max(1, size_lots))


def quote(
    *,
    mid_ticks: int,
    half_spreads_ppm: tuple[int, int],
    pricing: Pricing,
) -> Quote:
    """Return the quote; the half-spreads are those of the bid and of the ask."""
    bid_spread_ppm, ask_spread_ppm = half_spreads_ppm
    scale = PPM * pricing.unit_lots
    skewed = mid_ticks * (scale - pricing.skew_ppm * pricing.net_lots)
    bid = max(1, div_down(skewed * (PPM - bid_spread_ppm), scale * PPM))
    ask = max(bid + 1, div_up(skewed * (PPM + ask_spread_ppm), scale * PPM))
    return Quote(
        bid_ticks=bid,
        ask_ticks=ask,
        bid_lots=pricing.size_lots,
        ask_lots=pricing.size_lots,
    )
