"""Which venue took what of an arm's hedges, and what a lag did to them; from what was recorded.

    asked       lots of the orders that the overlay sent to a venue
    filled      lots that it executed
    cost        sum of signed quantity x (price - A's mid at the send) + fees, USDC
    behind      what its fills cost more than A's price for the same depth at that moment, USDC:
                a late venue that fills at the worse price never gives any of it back

Floats: this reports, nothing is decided from it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from edgenode.model.facts import OrderGated
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.orders import sign
from edgenode.sim.arms.booked import booked
from edgenode.sim.arms.figures import LOT, MICRO, TICK
from edgenode.sim.arms.played import Json, Played


@dataclass(slots=True)
class Taken:
    """What one venue took of the overlay's orders."""

    orders: int = 0
    asked_lots: int = 0
    filled_lots: int = 0
    notional: float = 0.0
    cost: float = 0.0
    behind: float = 0.0

    def as_json(self) -> Json:
        """Return it in WETH and USDC; the cost in basis points of what was traded."""
        return {
            "orders": self.orders,
            "asked": round(self.asked_lots * LOT, 2),
            "filled": round(self.filled_lots * LOT, 2),
            "cost": round(self.cost, 4),
            "cost_bp": round(self.cost / self.notional * 1e4, 3) if self.notional else None,
            "behind": round(self.behind, 4),
        }


def taken(played: Played) -> dict[str, Taken]:
    """Return what each venue took; a venue that got no order took nothing."""
    found = {name: Taken() for name in played.truth if name != "core"}
    gated = {}
    for fact in played.facts():
        if isinstance(fact, OrderGated) and fact.account == DESK_OVERLAY:
            gated[fact.order_id] = fact
            found[fact.venue].orders += 1
            found[fact.venue].asked_lots += fact.quantity_lots
    for booking in booked(played.facts()).bookings:
        fill, order = booking.fill, gated.get(booking.fill.order_id)
        if order is None or order.saw.reference_ticks is None:
            continue
        venue, lots = found[fill.venue], booking.times * fill.quantity_lots
        away = sign(fill.side) * (fill.price_ticks - order.saw.reference_ticks)
        venue.filled_lots += lots
        venue.notional += lots * LOT * fill.price_ticks * TICK
        venue.cost += lots * LOT * away * TICK + booking.times * fill.fee_minor * MICRO
    for name, fills in played.truth.items():
        if name in found:
            found[name].behind = _behind(fills)
    return found


def _behind(fills: Iterable[Json]) -> float:
    return math.fsum(
        sign(fill["side"]) * (fill["price_ticks"] - fill["present_ticks"]) * TICK
        * fill["lots"] * LOT
        for fill in fills
    )  # fmt: skip
