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
from edgenode.model.facts import OrderCounted
from edgenode.model.ids import AccountId, InstrumentId
from edgenode.model.orders import Side, sign


@dataclass(slots=True)
class Counted:
    """The venue's count of one order."""

    account: AccountId
    instrument: InstrumentId
    side: Side
    cum_lots: int
    done_lots: int  # booked at its end, once it has left the state

    def row(self) -> list[object]:
        """Return its content for the digest."""
        return [self.account, self.instrument, self.side, self.cum_lots, self.done_lots]

    def span(self, booked_lots: int, open_lots: int) -> Span:
        """Return how far the order's lots may lie from the booked ones, signed."""
        away = self.cum_lots - booked_lots
        low, high = min(0, away), max(0, away - open_lots)
        return (low, high) if sign(self.side) > 0 else (-high, -low)


def counted(fact: OrderCounted) -> Counted:
    """Return the count that a fact tells."""
    return Counted(fact.account, fact.instrument, fact.side, fact.cum_lots, fact.done_lots)
