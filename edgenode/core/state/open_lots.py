"""What may still execute, counted as it changes: the gate looks it up and adds up nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.facts import OrderGated
from edgenode.model.ids import AccountId, EventId, InstrumentId, VenueId, is_customer
from edgenode.model.orders import Side


class Load(NamedTuple):
    """How many orders are open, and the sum of their price times lots still open."""

    orders: int
    tick_lots: int


NO_LOAD = Load(0, 0)
NO_LOADS: Mapping[InstrumentId, Load] = {}


@dataclass(slots=True)
class OpenLots:
    """Lots by account and side (quotes included), by venue; orders' loads; the desk's by event."""

    lots: dict[tuple[AccountId, InstrumentId, Side], int] = field(default_factory=dict)
    at_venue: dict[tuple[AccountId, VenueId, InstrumentId, Side], int] = field(
        default_factory=dict
    )
    loads: dict[AccountId, dict[InstrumentId, Load]] = field(default_factory=dict)
    of_event: dict[tuple[EventId, InstrumentId], int] = field(default_factory=dict)

    def works(self, gated: OrderGated, lots: int, orders: int = 0) -> None:
        """Count an order's lots (and itself) that may execute more, or, negative, less."""
        loads = self.loads.setdefault(gated.account, {})
        held = loads.get(gated.instrument, NO_LOAD)
        load = Load(held.orders + orders, held.tick_lots + lots * gated.price_ticks)
        if load != NO_LOAD:
            loads[gated.instrument] = load
        else:
            loads.pop(gated.instrument, None)
            if not loads:
                del self.loads[gated.account]
        self.change(gated.account, gated.venue, gated.instrument, gated.side, lots)
        if not is_customer(gated.account):
            event = (gated.event_id, gated.instrument)
            left = self.of_event.get(event, 0) + lots
            if left:
                self.of_event[event] = left
            else:
                self.of_event.pop(event, None)

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
            there = (account, venue, instrument, side)
            self.at_venue[there] = self.at_venue.get(there, 0) + change
            if not self.at_venue[there]:
                del self.at_venue[there]
