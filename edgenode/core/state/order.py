"""One order of the state, and the names that the sides of a quote have."""

from dataclasses import dataclass

from edgenode.model.facts import OrderGated, QuotesSet
from edgenode.model.ids import OrderId
from edgenode.model.orders import OrderState, Side


@dataclass(slots=True)
class Order:
    """One order and where it stands."""

    gated: OrderGated
    seq: int
    state: OrderState = OrderState.GATED
    filled_lots: int = 0
    done_reason: str | None = None
    done_seq: int = 0
    done_lots: int = 0  # executed when it ended, as `OrderDone` says
    cancel_sent: bool = False  # its outside venue was asked to end it
    cancel_ns: int = 0  # when that was
    heard_ns: int = 0  # of an order at a venue: its last evidence, or when an answer became due
    acked: bool = False  # its venue has worked it, or executed some of it
    absent_ns: int = 0  # since when its venue does not know it; 0 if it does
    ended: int = 0  # how often it had ended before it worked again
    unknown_ns: int = 0  # since when nothing is known of it; 0 where something is

    def heard(self, at_ns: int, *, acked: bool) -> None:
        """Note evidence from its venue, or (not `acked`) that its answer is due from now on."""
        self.heard_ns = at_ns
        if acked:
            self.acked, self.absent_ns = True, 0

    def times(self) -> list[int]:
        """Return what silence is measured by, for the digest."""
        return [self.heard_ns, self.absent_ns, self.cancel_ns]

    def time_trusted(self, at_ns: int) -> None:
        """Let no time of it lie in a time that has not come."""
        self.unknown_ns = min(self.unknown_ns, at_ns)
        self.heard_ns = min(self.heard_ns, at_ns)
        self.absent_ns = min(self.absent_ns, at_ns)
        self.cancel_ns = min(self.cancel_ns, at_ns)

    @property
    def remaining_lots(self) -> int:
        """Return what may still execute; 0 once done."""
        if self.state is OrderState.DONE:
            return 0
        return max(0, self.gated.quantity_lots - self.filled_lots)


def quote_order_id(quote_id: OrderId, side: Side) -> OrderId:
    """Name one side of a quote in the local book."""
    return OrderId(f"{quote_id}.b" if side == "buy" else f"{quote_id}.s")


def quote_order_ids(quote_id: OrderId) -> tuple[OrderId, OrderId]:
    """Name the bid and the offer of a quote in the local book."""
    return OrderId(f"{quote_id}.b"), OrderId(f"{quote_id}.s")


def both_sides(fact: QuotesSet) -> tuple[tuple[Side, int, int], tuple[Side, int, int]]:
    """Return (side, ticks, lots) of a quote's two sides."""
    return (
        ("buy", fact.bid_ticks, fact.bid_lots),
        ("sell", fact.ask_ticks, fact.ask_lots),
    )
