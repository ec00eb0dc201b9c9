"""What may still execute, counted as it changes: the gate looks it up and adds up nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from edgenode.model.facts import OrderGated
from edgenode.model.ids import AccountId, EventId, InstrumentId, VenueId, is_customer
from edgenode.model.orders import Side

_Key = TypeVar("_Key")
Place = tuple[AccountId, VenueId, InstrumentId, Side]


class Load(NamedTuple):
    """How many orders are open, and the sum of their worst price times lots still open."""

    orders: int
    tick_lots: int


NO_LOAD = Load(0, 0)
NO_LOADS: Mapping[InstrumentId, Load] = {}


@dataclass(slots=True)
class OpenLots:
    """Lots by account and side (quotes included), by venue; orders' loads; the desk's by event.

    `reduce_only` counts, by venue, the lots of orders that may only reduce a position.
    """

    lots: dict[tuple[AccountId, InstrumentId, Side], int] = field(default_factory=dict)
    at_venue: dict[Place, int] = field(default_factory=dict)
    loads: dict[AccountId, dict[InstrumentId, Load]] = field(default_factory=dict)
    of_event: dict[tuple[EventId, InstrumentId], int] = field(default_factory=dict)
    reduce_only: dict[Place, int] = field(default_factory=dict)

    def works(self, gated: OrderGated, lots: int, orders: int = 0) -> None:
        """Count an order's lots (and itself) that may execute more, or, negative, less."""
        loads = self.loads.setdefault(gated.account, {})
        held = loads.get(gated.instrument, NO_LOAD)
        load = Load(held.orders + orders, held.tick_lots + lots * gated.saw.worst_ticks)
        if load != NO_LOAD:
            loads[gated.instrument] = load
        else:
            loads.pop(gated.instrument, None)
            if not loads:
                del self.loads[gated.account]
        self.change(gated.account, gated.venue, gated.instrument, gated.side, lots)
        if gated.reduce_only:
            place = (gated.account, gated.venue, gated.instrument, gated.side)
            _count(self.reduce_only, place, lots)
        if not is_customer(gated.account):
            _count(self.of_event, (gated.event_id, gated.instrument), lots)

    def change(
        self,
        account: AccountId,
        venue: VenueId,
        instrument: InstrumentId,
        side: Side,
        change: int,
    ) -> None:
        """Count lots of an account on one side at one venue."""
        if change:
            key = (account, instrument, side)
            self.lots[key] = self.lots.get(key, 0) + change
            _count(self.at_venue, (account, venue, instrument, side), change)


def _count(counts: dict[_Key, int], key: _Key, change: int) -> None:
    """Add to a count, and drop it at zero."""
    left = counts.get(key, 0) + change
    if left:
        counts[key] = left
    else:
        counts.pop(key, None)
