"""What venues count of ended orders, where it is not what is booked: lots that may be true.

    the venue counts                    its order may have executed, beside what is booked
    ----------------------------------  --------------------------------------------------
    more than is booked                 from nothing to what is missing
    less than is booked                 from what is too much, taken back, to nothing

What an order that works may execute anyway is counted there. A count stands until the break
`cum_quantity` of its order ends: by executions that explain it, or by people.
"""

from dataclasses import dataclass

from edgenode.core.state.execution import Span
from edgenode.model.facts import OrderCounted, Reserved
from edgenode.model.ids import AccountId, EventId, InstrumentId, VenueId
from edgenode.model.orders import Side, sign


@dataclass(slots=True)
class Counted:
    """The venue's count of one order."""

    account: AccountId
    venue: VenueId
    instrument: InstrumentId
    event_id: EventId
    side: Side
    quantity_lots: int
    reserved: tuple[Reserved, ...]  # for all of them
    cum_lots: int
    done_lots: int  # booked at its end, once it has left the state

    def row(self) -> list[object]:
        """Return its content for the digest."""
        return [
            *(self.account, self.venue, self.instrument, self.event_id, self.side),
            *(self.quantity_lots, [[row.kind, row.amount, row.unit] for row in self.reserved]),
            *(self.cum_lots, self.done_lots),
        ]

    def pays_in(self, asset: str) -> bool:
        """Return whether the order was held out of a balance in this asset."""
        return any(row.kind == "funds" and row.unit == asset for row in self.reserved)

    def span(self, booked_lots: int, open_lots: int) -> Span:
        """Return how far the order's lots may lie from the booked ones, signed."""
        away = self.cum_lots - booked_lots
        low, high = min(0, away), max(0, away - open_lots)
        return (low, high) if sign(self.side) > 0 else (-high, -low)


def counted(fact: OrderCounted) -> Counted:
    """Return the count that a fact tells."""
    return Counted(
        *(fact.account, fact.venue, fact.instrument, fact.event_id, fact.side),
        *(fact.quantity_lots, fact.reserved, fact.cum_lots, fact.done_lots),
    )
