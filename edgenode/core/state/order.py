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
    unknown_ns: int = 0  # since when nothing is known of it; 0 where something is

    @property
    def remaining_lots(self) -> int:
        """Give what may still execute; 0 once done."""
        if self.state is OrderState.DONE:
            return 0
        return max(0, self.gated.quantity_lots - self.filled_lots)


def quote_order_id(quote_id: OrderId, side: Side) -> OrderId:
    """Name one side of a quote in the local book."""
    return OrderId(f"{quote_id}.{'b' if side == 'buy' else 's'}")


def both_sides(fact: QuotesSet) -> tuple[tuple[Side, int, int], tuple[Side, int, int]]:
    """Give (side, ticks, lots) of a quote's two sides."""
    return (
        ("buy", fact.bid_ticks, fact.bid_lots),
        ("sell", fact.ask_ticks, fact.ask_lots),
    )
