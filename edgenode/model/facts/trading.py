"""Orders, quotes and breaks."""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.ids import (
    AccountId,
    ClientOrderId,
    EventId,
    GrantId,
    InstrumentId,
    OrderId,
    VenueId,
)
from edgenode.model.orders import OrderType, Side, TimeInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One failed check: code of the registry, limit and value as exact texts."""

    code: str
    name: str
    limit: str
    value: str
    unit: str
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserved:
    """Room taken for an order's worst case.

    kind = funds (a balance; unit is the currency) | inventory (lots; unit is the instrument)
    | cost | cash (of a grant) | unwind (cost kept for closing what this order opens)
    | unwind_use (taken out of what was kept). `grant` is "" for balances.
    """

    grant: GrantId
    kind: str
    amount: int
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saw:
    """What the gate saw: reference price with its age and source, worst case of |net exposure|.

    `worst_ticks` is the worst price at which the order can execute (core/gate/worst_price).
    """

    reference_ticks: int | None
    age_ms: int | None
    source: str
    fx: str | None
    worst_ticks: int
    worst_before: int
    worst_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDenied(Fact):
    """The gate said no; all checks that failed, sorted by code."""

    account: AccountId
    client_order_id: ClientOrderId
    venue: VenueId
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    price_ticks: int | None
    event_id: EventId
    reasons: tuple[Reason, ...]
    limits_version: int
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderGated(Fact):
    """The gate said yes: the reservation, the limits that allowed it and what it saw.

    A `reduce_only` order, and each change of it, may only reduce its account's position at its
    venue. What of it would open a position when it executes is canceled.
    """

    account: AccountId
    client_order_id: ClientOrderId
    order_id: OrderId
    venue: VenueId
    instrument: InstrumentId
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    expires_ns: int | None
    quantity_lots: int
    price_ticks: int  # of a market order: the collar's edge, beyond which it does not execute
    event_id: EventId
    plan_id: str | None
    limits_version: int
    reserved: tuple[Reserved, ...]
    saw: Saw
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAmended(Fact):
    """A working order of the local book got another price or quantity (FIX 35=G), gated afresh.

    Less at the same price keeps its place in the queue; anything else goes behind.
    """

    order_id: OrderId
    account: AccountId
    client_order_id: ClientOrderId
    quantity_lots: int
    price_ticks: int
    limits_version: int
    reserved: tuple[Reserved, ...]
    saw: Saw
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendDenied(Fact):
    """The gate said no to a change; the order works on as it was."""

    order_id: OrderId
    account: AccountId
    client_order_id: ClientOrderId
    quantity_lots: int
    price_ticks: int | None
    reasons: tuple[Reason, ...]
    limits_version: int
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionOpened(Fact):
    """From here on orders of the local book only collect; at `ends` they meet at one price."""

    instrument: InstrumentId
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionClosed(Fact):
    """The call is over; `price_ticks` is None if nothing met."""

    instrument: InstrumentId
    price_ticks: int | None
    executed_lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSent(Fact):
    """Released to the executor: from here on the venue may have heard of it."""

    order_id: OrderId
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSent(Fact):
    """Released to the executor: an outside venue is asked to end the order; it decides."""

    order_id: OrderId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWorking(Fact):
    """The venue (or the local book) works the order."""

    order_id: OrderId
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnknown(Fact):
    """What became of it is not known. Only evidence resolves this, never a time-out.

    `acknowledged`: the venue spoke of it, so it did receive it.
    """

    order_id: OrderId
    evidence: str
    acknowledged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNotFound(Fact):
    """Its venue clearly said that it does not know the order, for the first time since it did.

    The order is UNKNOWN. A second such answer, well after this one, ends an order that the venue
    never acknowledged.
    """

    order_id: OrderId
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueRead(Fact):
    """A venue's snapshot was read: its evidence up to `cursor` of `epoch` is recorded.

    Every order that worked there is listed by it, but for those in `missing`. `began_anew`: the
    venue's numbers are not those that were known before.
    """

    venue: VenueId
    epoch: str
    cursor: int
    began_anew: bool
    missing: tuple[OrderId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDone(Fact):
    """The order has ended; what it reserved for the rest is released.

    reason = filled | canceled | expired | rejected | never_sent | never_received | decided.
    `again`: how often it had ended before.
    """

    order_id: OrderId
    reason: str
    filled_lots: int
    again: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReopened(Fact):
    """Its venue works an order that had ended here: it is UNKNOWN, with its worst case.

    `times` counts how often it has ended. An order that has left the state is `recalled`, with the
    lots that are booked of it.
    """

    order_id: OrderId
    evidence: str
    times: int
    filled_lots: int
    recalled: OrderGated | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCounted(Fact):
    """Its venue counts another quantity executed of an ended order than is booked.

    What is missing, or too much, may be true until the break `cum_quantity` ends. `reserved` is
    what was held for the whole order. `done_lots` are those booked at its end, of an order that
    has left the state.
    """

    order_id: OrderId
    account: AccountId
    venue: VenueId
    instrument: InstrumentId
    event_id: EventId
    side: Side
    quantity_lots: int
    reserved: tuple[Reserved, ...]
    cum_lots: int
    done_lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersClosed(Fact):
    """Orders that were done at or before `to_seq` leave the maps."""

    to_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotesSet(Fact):
    """The desk's two-sided quote in the local book (FIX MassQuote); lots 0 = no such side."""

    venue: VenueId
    instrument: InstrumentId
    quote_id: OrderId
    bid_ticks: int
    bid_lots: int
    ask_ticks: int
    ask_lots: int
    event_id: EventId
    limits_version: int
    reserved: tuple[Reserved, ...]
    reference_ticks: int | None
    reason: str
