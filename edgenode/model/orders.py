"""Orders before and after they are recorded (FIX 4.4 words)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple

from edgenode.model.ids import AccountId, ClientOrderId, EventId, InstrumentId, VenueId

Side = Literal["buy", "sell"]
OrderType = Literal["limit", "market"]
TimeInForce = Literal["day", "gtd", "ioc", "fok"]

SIDES: tuple[Side, Side] = ("buy", "sell")


class OrderState(StrEnum):
    """Where an order stands. DENIED never has a reservation; DONE still takes late fills."""

    GATED = "GATED"  # recorded with its reservation; no venue has heard of it
    SENT = "SENT"  # released to the executor: a venue may have heard of it
    WORKING = "WORKING"  # the venue says that it works
    PARTIAL = "PARTIAL"  # partly filled, the rest works
    UNKNOWN = "UNKNOWN"  # no answer: its worst case stays reserved until evidence decides
    DONE = "DONE"
    DENIED = "DENIED"


class OrderKey(NamedTuple):
    """The submitter's name of an order, never used again."""

    account: AccountId
    client_order_id: ClientOrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntent:
    """An order as asked for, before the gate. Integers on the instrument's grid."""

    client_order_id: ClientOrderId
    account: AccountId
    venue: VenueId
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    price_ticks: int | None
    type: OrderType = "limit"
    time_in_force: TimeInForce = "day"
    post_only: bool = False
    reduce_only: bool = False
    expires_ns: int | None = None  # of a gtd order, market ns (FIX ExpireTime)
    event_id: EventId | None = None

    @property
    def key(self) -> OrderKey:
        """Name the order as its submitter does."""
        return OrderKey(self.account, self.client_order_id)


def sign(side: Side) -> int:
    """Return +1 for buy, -1 for sell."""
    return 1 if side == "buy" else -1


def opposite(side: Side) -> Side:
    """Return the other side."""
    return "sell" if side == "buy" else "buy"
