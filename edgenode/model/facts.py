"""What a ledger can say: one frozen class per entry kind.

The class name is the entry's kind and the fields are its body (wire/facts encodes them). Kinds are
added freely and never changed: a new shape is a new kind. Every fact carries `at_ns`, market time
in nanoseconds since the epoch; the entry's hlc carries wall time. Quantities are lots, prices
ticks, amounts the smallest unit of their currency (model/money); no float, ever.
"""

from dataclasses import dataclass

from edgenode.model.ids import (
    AccountId,
    ClientOrderId,
    EventId,
    ExecId,
    ExecScope,
    GrantId,
    InstrumentId,
    NodeId,
    OrderId,
    VenueAccount,
    VenueId,
)
from edgenode.model.orders import OrderType, Side, TimeInForce


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Base of all facts."""

    at_ns: int


# -- a ledger's own life ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Genesis(Fact):
    """Entry 1 of every ledger."""

    ledger_key: bytes
    previous_head: str | None
    approval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BootStarted(Fact):
    """A start. Every order that was open at a venue is UNKNOWN from here on."""

    boot_tag: int  # 50 random bits; never read back from an earlier start
    version: str
    mode: str  # "paper" | "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted(Fact):
    """The centre's next entry, with its canonical bytes; only so does it take effect here."""

    bytes: bytes
    applied: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDigest(Fact):
    """The digest of the state folded from the first `size` entries."""

    size: int
    version: int
    digest: bytes


# -- money and permission --------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFunded(Fact):
    """Opening or added funds: a currency amount in minor units, or an instrument's lots."""

    account: AccountId
    venue: VenueId
    currency: str | None
    instrument: InstrumentId | None
    amount: int
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateSet(Fact):
    """scope = node | event:ID | venue:ID | instrument:ID; state = active | reducing | halted."""

    scope: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseSet(Fact):
    """A person paused or resumed: new customer risk and quotes; `hedges` too where asked."""

    paused: bool
    hedges: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroEventOpened(Fact):
    """source = scheduled | declared | detected; starts and ends in market ns."""

    event_id: EventId
    source: str
    name: str
    starts: int
    ends: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroEventClosed(Fact):
    """The micro-event is over; its overlay is unwound."""

    event_id: EventId
    reason: str


# -- orders and fills ------------------------------------------------------------------------


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
    """What the gate saw: reference price with its age and source, worst case of |net exposure|."""

    reference_ticks: int | None
    age_ms: int | None
    source: str
    fx: str | None
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
    """The gate said yes: the reservation, the limits that allowed it and what it saw."""

    account: AccountId
    client_order_id: ClientOrderId
    order_id: OrderId
    venue: VenueId
    instrument: InstrumentId
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    quantity_lots: int
    price_ticks: int
    event_id: EventId
    limits_version: int
    reserved: tuple[Reserved, ...]
    saw: Saw
    content_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSent(Fact):
    """Released to the executor: from here on the venue may have heard of it."""

    order_id: OrderId
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWorking(Fact):
    """The venue (or the local book) works the order."""

    order_id: OrderId
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnknown(Fact):
    """No answer. Only evidence resolves this, never a time-out."""

    order_id: OrderId
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDone(Fact):
    """reason = filled | canceled | expired | rejected | never_sent; the rest is released."""

    order_id: OrderId
    reason: str
    filled_lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersClosed(Fact):
    """Orders that were done at or before `to_seq` leave the maps."""

    to_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRecorded(Fact):
    """One execution of one of our orders, as the venue reported it.

    `cost_minor` = fees + max(0, slippage against the reference that the gate recorded).
    """

    venue: VenueId
    venue_account: VenueAccount
    scope: ExecScope
    exec_id: ExecId
    order_id: OrderId
    account: AccountId
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    price_ticks: int
    fee_minor: int
    fee_currency: str
    venue_time_ns: int
    content_hash: bytes
    event_id: EventId
    cost_minor: int


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


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgePlanned(Fact):
    """The overlay's schedule: lots to trade per coming slice (signed), first slice first."""

    instrument: InstrumentId
    exposure_lots: int
    mandate_lots: int
    overlay_lots: int
    target_lots: int
    slots: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakOpened(Fact):
    """A difference that a rule or a person must close."""

    break_id: str
    type: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakClosed(Fact):
    """The difference is explained or made good."""

    break_id: str
    reason: str


# -- the centre's down-ledger ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Fact):
    """What can be traded: 1 lot = 10^-quantity_decimals base, 1 tick = 10^-price_decimals quote.

    One tick times one lot is `tick_lot_minor` smallest units of the quote currency.
    """

    id: InstrumentId
    base: str
    quote: str
    price_decimals: int
    quantity_decimals: int
    tick_lot_minor: int
    quantity_lots_min: int
    quantity_lots_max: int
    enabled: bool

    def notional_minor(self, price_ticks: int, lots: int) -> int:
        """Give price times quantity in minor units of the quote currency, exactly."""
        return price_ticks * lots * self.tick_lot_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Fact):
    """A delegated, expiring right (escrow): kind = cost | cash | position.

    unit = currency, or lots of `instrument` on `side` for positions. After `expiry` and until
    `grace_until` risk-reducing orders may use `reducing_reserve` of it.
    """

    id: GrantId
    kind: str
    limit: int
    unit: str
    scope: str
    instrument: InstrumentId | None
    side: Side | None
    expiry: int
    grace_until: int
    reducing_reserve: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRevoked(Fact):
    """The centre takes a grant back; not effective until received."""

    id: GrantId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate(Fact):
    """The core position that the centre promises for a node; issued before it is worked."""

    instrument: InstrumentId
    quantity_lots: int
    version: int
    valid_until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayVenue:
    """A venue where the overlay may trade: taker fee, age limit and surcharge of its quotes."""

    venue: VenueId
    venue_account: VenueAccount
    fee_ppm: int
    age_ms_max: int
    stale_ppm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy(Fact):
    """Signed limits and parameters of a node. ppm = parts per million (1 bp = 100 ppm)."""

    version: int
    currency: str
    venues: tuple[VenueId, ...]
    order_notional_max: int
    event_spend_max: int
    net_position_lots_max: int
    orders_per_s_max: int
    reference_venue: VenueId
    reference_age_ms_max: int
    static_reference_ticks: int | None  # PAPER only: a recorded price that is never stale
    collar_ppm: int
    overlay_enabled: bool
    overlay_venues: tuple[OverlayVenue, ...]
    band_lots: int
    horizon_s: int
    slice_s: int
    slice_lots_max: int
    over_hedge_lots: int
    quote_half_spread_ppm: int
    quote_skew_ppm: int  # per `quote_unit_lots` of net exposure
    quote_unit_lots: int
    quote_size_lots: int  # 0 = no quoter


# -- the desk's ledger, which no node receives -------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCodeIssued(Fact):
    """A single-use enrolment code for a node; only its hash is kept. `expires` is wall ns."""

    node: NodeId
    code_hash: bytes
    expires: int
    desk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeClaimed(Fact):
    """A box used its code and named its ledger key; it waits for approval."""

    node: NodeId
    incarnation: int
    ledger_key: bytes
    key_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeApproved(Fact):
    """A second person approved the claim; sync is open from here on."""

    node: NodeId
    incarnation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRevoked(Fact):
    """The node's entries go to quarantine from here on; its grants freeze."""

    node: NodeId
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreHedgeSet(Fact):
    """How the centre hedges an instrument for a node: schedule, largest slice, price source."""

    node: NodeId
    instrument: InstrumentId
    enabled: bool
    horizon_s: int
    slice_s: int
    slice_lots_max: int
    band_lots: int
    half_spread_ppm: int
    feed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreOrderSent(Fact):
    """One slice of a mandate, sent after its version was adopted and cosigned."""

    order_id: OrderId
    node: NodeId
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    mandate_version: int
    worst_before: int
    worst_after: int
    bound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreFillRecorded(Fact):
    """What the centre actually bought or sold for a node."""

    order_id: OrderId
    node: NodeId
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    price_ticks: int
    fee_minor: int
    tick_lot_minor: int
    reference_ticks: int
    source: str
    mandate_version: int


DOWN_KINDS: tuple[type[Fact], ...] = (Instrument, Grant, GrantRevoked, Mandate, Policy)
DESK_KINDS: tuple[type[Fact], ...] = (
    *(NodeCodeIssued, NodeClaimed, NodeApproved, NodeRevoked),
    *(CoreHedgeSet, CoreOrderSent, CoreFillRecorded),
)
KINDS: dict[str, type[Fact]] = {
    cls.__name__: cls
    for cls in (
        *(Genesis, BootStarted, Adopted, StateDigest, AccountFunded, TradingStateSet, PauseSet),
        *(MicroEventOpened, MicroEventClosed, OrderDenied, OrderGated, OrderSent, OrderWorking),
        *(OrderUnknown, OrderDone, OrdersClosed, FillRecorded, QuotesSet, HedgePlanned),
        *(BreakOpened, BreakClosed, *DOWN_KINDS, *DESK_KINDS),
    )
}
