"""What a venue over HTTP and WebSocket says: bytes to events. Shape only; decides nothing.

Fields that we do not know are left out; what cannot be read becomes an `Unreadable`, and the
stream goes on.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeVar

import msgspec

from edgenode.adapters.venues.place import Place
from edgenode.core.seen import NUMBER_END, strange
from edgenode.core.venues.credible import MONEY_END, NAME_BYTES_MAX
from edgenode.model.errors import RefusedError
from edgenode.model.ids import ExecId, ExecScope, InstrumentId, OrderId, VenueAccount, VenueId
from edgenode.model.venue import (
    Acked,
    BookView,
    BustReport,
    CorrectReport,
    Evidence,
    FillReport,
    Finished,
    LinkChanged,
    MassStatus,
    OrderToSend,
    Unreadable,
    VenueEvent,
    VenueView,
)
from edgenode.wire import foreign
from edgenode.wire.foreign import Int64

ENDED = {"filled": "filled", "canceled": "canceled", "expired": "expired", "rejected": "rejected"}
Levels = tuple[tuple[Int64, Int64], ...]  # price in ticks, lots
STATES = {"new": "working", "partially_filled": "working", "working": "working", **ENDED}
REPORT = "show it to the venue; a break records what could not be read"


class FillMessage(msgspec.Struct, frozen=True):
    """A fill as the venue words it; unknown fields are left out."""

    exec_id: str
    client_id: str
    account: str
    instrument: str
    side: Literal["buy", "sell"]
    lots: Int64
    price_ticks: Int64
    t_ns: Int64
    fee_minor: int = 0  # not known yet
    fee_currency: str = ""
    refers_to: str = ""  # of a correction: what it corrects
    version: Int64 = 0
    busted: bool = False


class BustMessage(msgspec.Struct, frozen=True):
    """An execution taken back."""

    exec_id: str
    account: str
    version: Int64 = 0


class EventMessage(msgspec.Struct, frozen=True):
    """One numbered event; `raw` fields depend on the type."""

    seq: Int64
    type: str
    client_id: str = ""
    state: str = ""
    cum_lots: Int64 = 0


class EventsFrame(msgspec.Struct, frozen=True, tag_field="type", tag="events"):
    """A frame of events."""

    events: tuple[msgspec.Raw, ...]
    epoch: str = ""


class BookFrame(msgspec.Struct, frozen=True, tag_field="type", tag="book"):
    """A published book."""

    instrument: str
    t_ns: Int64
    mid_ticks: Int64
    bids: Levels
    asks: Levels
    volume_lots: Int64


class QueryAnswer(msgspec.Struct, frozen=True):
    """What the venue knows of an order."""

    client_id: str
    state: str
    cum_lots: Int64
    fills: tuple[FillMessage, ...] = ()


class SnapshotAnswer(msgspec.Struct, frozen=True):
    """The venue's whole view of the account."""

    orders: tuple[QueryAnswer, ...]
    fills: tuple[FillMessage, ...]
    balances: dict[str, int]
    positions: dict[str, int]
    cursor: Int64
    epoch: str = ""


Frame = EventsFrame | BookFrame


class Reader:
    """Reads what one venue says; `place` is how far it was handed over."""

    def __init__(self, venue: VenueId, scope: ExecScope, instrument: InstrumentId) -> None:
        self.venue = venue
        self.place = Place()
        self._scope = scope
        self._instrument = instrument

    def heard(self, data: bytes) -> list[VenueEvent] | BookView:
        """Read one frame of the stream: events, or a book."""
        try:
            frame = _decode_frame(data)
        except RefusedError as error:
            return [self._unreadable(error)]
        if isinstance(frame, BookFrame):
            return self._book(frame)
        if len(frame.epoch) > NAME_BYTES_MAX:
            return [self._unreadable(_impossible(f"an epoch of {len(frame.epoch)} characters"))]
        found: list[VenueEvent] = []
        in_order = True
        for raw in frame.events:
            try:
                event = decode(bytes(raw), EventMessage)
                # Moves as we hand over: after a crash the executor asks for what is open.
                in_order &= self.place.told(frame.epoch, event.seq)
                found += self._event(event, raw)
            except RefusedError as error:
                found.append(self._unreadable(error))
        gap = [] if in_order else [LinkChanged(venue=self.venue, state="replaying")]
        return [*found, *gap]

    def view(self, answer: QueryAnswer) -> VenueView:
        """Read a view of one order; RefusedError EN002 if it cannot be one."""
        state = STATES.get(answer.state)
        if state is None or not 0 <= answer.cum_lots < NUMBER_END:
            raise _impossible(f"{answer.state[:20]!r} with {answer.cum_lots} lots executed")
        if any(fill.client_id != answer.client_id for fill in answer.fills):
            raise _impossible("executions of another order")
        return VenueView(
            order_id=OrderId(answer.client_id),
            state=state,
            cum_lots=answer.cum_lots,
            fills=self._all(answer.fills),
        )

    def status(self, answer: SnapshotAnswer) -> MassStatus:
        """Read a snapshot; RefusedError EN002 if it cannot be one."""
        figures = (*answer.balances.values(), *answer.positions.values())
        if answer.cursor < 0 or any(abs(figure) >= MONEY_END for figure in figures):
            raise _impossible("a number that cannot be")
        if len(answer.epoch) > NAME_BYTES_MAX:
            raise _impossible(f"an epoch of {len(answer.epoch)} characters")
        return MassStatus(
            venue=self.venue,
            open_orders=tuple(self.view(order) for order in answer.orders),
            fills=self._all(answer.fills),
            balances=answer.balances,
            positions={InstrumentId(k): v for k, v in answer.positions.items()},
            cursor=answer.cursor,
            epoch=answer.epoch,
        )

    # -- helpers -----------------------------------------------------------------------------

    def _book(self, frame: BookFrame) -> list[VenueEvent] | BookView:
        """Return a published book, or an `Unreadable` event if it cannot be this stream's.

        A venue may publish other instruments too; this stream is followed for one.
        """
        if frame.instrument != self._instrument:
            named = frame.instrument[:NAME_BYTES_MAX]
            found = f"a book of {named!r} on the stream of {self._instrument}"
            return [Unreadable(venue=self.venue, detail=found)]
        book = BookView(
            venue=self.venue,
            instrument=self._instrument,
            published_ns=frame.t_ns,
            mid_ticks=frame.mid_ticks,
            bids=_offered(frame.bids),
            asks=_offered(frame.asks),
            volume_lots=frame.volume_lots,
        )
        said = strange(book)
        return [Unreadable(venue=self.venue, detail=f"a book with {said}")] if said else book

    def _unreadable(self, error: RefusedError) -> Unreadable:
        return Unreadable(venue=self.venue, detail=error.found)

    def _event(self, event: EventMessage, raw: msgspec.Raw) -> Sequence[VenueEvent]:
        if event.type in {"fill", "correct"}:
            return self._evidence(decode(bytes(raw), FillMessage))
        if event.type == "bust":
            bust = decode(bytes(raw), BustMessage)
            return (self._bust(bust.exec_id, bust.account, bust.version),)
        order_id = OrderId(event.client_id)
        if event.type == "ack":
            return (Acked(venue=self.venue, order_id=order_id),)
        if event.type == "done" and event.state in ENDED:
            reason, lots = ENDED[event.state], event.cum_lots
            return (Finished(venue=self.venue, order_id=order_id, reason=reason, cum_lots=lots),)
        raise RefusedError(
            f"venue {self.venue} says {event.type!r} {event.state!r}",
            expected="ack, fill or done",
            do=REPORT,
            code="EN002",
        )

    def _all(self, fills: Iterable[FillMessage]) -> tuple[Evidence, ...]:
        return tuple(evidence for fill in fills for evidence in self._evidence(fill))

    def _evidence(self, fill: FillMessage) -> tuple[Evidence, ...]:
        """Return what one row says: an execution, and that it was taken back; or a correction."""
        made = self._fill(fill)
        if fill.refers_to:
            refers_to = ExecId(fill.refers_to)
            return (CorrectReport(fill=made, refers_to=refers_to, version=fill.version),)
        if fill.busted:
            return made, self._bust(fill.exec_id, fill.account, fill.version)
        return (made,)

    def _bust(self, exec_id: str, account: str, version: int) -> BustReport:
        return BustReport(
            venue=self.venue,
            venue_account=VenueAccount(account),
            scope=self._scope,
            exec_id=ExecId(exec_id),
            version=version,
            detail="taken back by the venue",
        )

    def _fill(self, fill: FillMessage) -> FillReport:
        return FillReport(
            venue=self.venue,
            venue_account=VenueAccount(fill.account),
            scope=self._scope,
            exec_id=ExecId(fill.exec_id),
            order_id=OrderId(fill.client_id),
            instrument=InstrumentId(fill.instrument),
            side=fill.side,
            quantity_lots=fill.lots,
            price_ticks=fill.price_ticks,
            fee_minor=fill.fee_minor,
            fee_currency=fill.fee_currency,
            venue_time_ns=fill.t_ns,
        )


def _offered(levels: Levels) -> Levels:
    """Return levels without those at which nothing is offered."""
    return tuple(level for level in levels if level[1])


def readable(heard: list[VenueEvent] | BookView) -> bool:
    """Return whether a frame held anything that could be read."""
    if isinstance(heard, BookView):
        return True
    return any(not isinstance(event, Unreadable | LinkChanged) for event in heard)


def submit_body(order: OrderToSend, account: str) -> dict[str, Any]:
    """Return an order as this kind of venue takes it."""
    return {
        "client_id": order.order_id,
        "account": account,
        "instrument": order.instrument,
        "side": order.side,
        "lots": order.quantity_lots,
        "price_ticks": order.price_ticks,
        "time_in_force": order.time_in_force,
    }


T = TypeVar("T")


_read_frame = foreign.json_reader(Frame)


def _decode_frame(data: bytes) -> Frame:
    try:
        frame: Frame = _read_frame(data)
    except RefusedError as error:
        raise _misshapen(error) from error
    return frame


def decode(data: bytes, kind: type[T]) -> T:
    """Read JSON of one shape; RefusedError EN002 if it is not of it."""
    try:
        return foreign.json_as(data, kind)
    except RefusedError as error:
        raise _misshapen(error) from error


def _impossible(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="the documented shape",
        do=REPORT,
        code="EN002",
    )


def _misshapen(error: RefusedError) -> RefusedError:
    return RefusedError(
        f"the venue's message: {error.found}",
        expected="the documented shape",
        do=REPORT,
        code="EN002",
    )
