"""What a venue says to us. Shape only; what follows from it is decided in core/node."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edgenode.model.ids import ExecId, ExecScope, InstrumentId, OrderId, VenueAccount, VenueId
from edgenode.model.orders import Side

DEFAULT_SCOPE = ExecScope("venue")


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueCaps:
    """What a venue can do; the executor asks before it repeats anything."""

    echoes_client_order_id: bool = True
    query_by_client_order_id: bool = True
    deduplicates: bool = True
    cancel_on_disconnect: bool = False
    busts: bool = False
    scope: ExecScope = DEFAULT_SCOPE


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderToSend:
    """An order as the executor hands it to a venue; durable before the venue hears it."""

    order_id: OrderId
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    price_ticks: int
    time_in_force: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """One execution as reported. `raw` keeps fields that we do not know."""

    venue: VenueId
    venue_account: VenueAccount
    scope: ExecScope
    exec_id: ExecId
    order_id: OrderId
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    price_ticks: int
    fee_minor: int
    fee_currency: str
    venue_time_ns: int
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BustReport:
    """An execution was taken back (FIX 150=H); `exec_id` names it, or a correction of it."""

    venue: VenueId
    venue_account: VenueAccount
    scope: ExecScope
    exec_id: ExecId
    version: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectReport:
    """An execution was corrected (FIX 150=G): `fill`, under an id of its own, holds instead.

    `refers_to` names the original or an earlier correction (FIX ExecRefID); `version` is 0 where
    the venue counts none.
    """

    fill: FillReport
    refers_to: ExecId
    version: int

    @property
    def venue(self) -> VenueId:
        """Return the venue that said it."""
        return self.fill.venue


Evidence = FillReport | BustReport | CorrectReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Acked:
    """The venue works the order."""

    venue: VenueId
    order_id: OrderId


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """No more executions will come: reason = filled | canceled | expired | rejected.

    `cum_lots` is the venue's own count of what it executed (FIX CumQty), a second witness.
    """

    venue: VenueId
    order_id: OrderId
    reason: str
    cum_lots: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnswered:
    """A submit without an answer: the order is UNKNOWN."""

    venue: VenueId
    order_id: OrderId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """The executor did not hand the order over, and never will: no venue heard of it."""

    venue: VenueId
    order_id: OrderId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotKnown:
    """The venue was asked and does not know the order.

    `snapshot_read`: its snapshot could be read then, and shows nothing of the order either.
    """

    venue: VenueId
    order_id: OrderId
    snapshot_read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged:
    """The event stream: disconnected | replaying | live.

    replaying: its numbers are not in order, or of another epoch; a snapshot tells what is missing.
    """

    venue: VenueId
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """The venue said something that is not of its documented shape."""

    venue: VenueId
    detail: str


Status = Acked | Finished | NotAnswered | NotSent | NotKnown
VenueEvent = Evidence | Status | LinkChanged | Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueView:
    """The venue's answer to a query: state = working | filled | canceled | expired | rejected."""

    order_id: OrderId
    state: str
    cum_lots: int
    fills: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class NotFound:
    """The venue answered: it does not know this order."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The venue did not answer, or did not answer clearly."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MassStatus:
    """A venue's whole view of our account; cursor = where `events` goes on from.

    `epoch` names the numbering that the cursor is of, "" if the venue names none. `began_anew`: it
    is not the numbering that we knew, so `fills` are all that the venue still has.
    """

    venue: VenueId
    open_orders: tuple[VenueView, ...]
    fills: tuple[Evidence, ...]
    balances: Mapping[str, int]  # currency -> minor units, instrument -> lots
    positions: Mapping[InstrumentId, int]
    cursor: int
    epoch: str = ""
    began_anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView:
    """A venue's published book: (price_ticks, lots) best first; mid as the venue publishes it."""

    venue: VenueId
    instrument: InstrumentId
    published_ns: int  # market time at which this was true at the venue
    mid_ticks: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    volume_lots: int = 0  # of the last market minute

    def depth_lots(self, within_bp: int) -> int:
        """Return the lots of the thinner side, this near to the mid."""
        near = self.mid_ticks * within_bp // 10_000
        bids = sum(lots for ticks, lots in self.bids if ticks >= self.mid_ticks - near)
        asks = sum(lots for ticks, lots in self.asks if ticks <= self.mid_ticks + near)
        return min(bids, asks)
