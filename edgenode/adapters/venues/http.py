"""A venue over HTTP and WebSocket, such as the sandbox venue. Shape only; decides nothing.

Requests are single attempts: no answer is UnreachableError, for only the executor may decide what
silence means. The event stream reconnects by itself with full-jitter pauses and goes on from the
last event it has handed over.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Literal, TypeVar

import aiohttp
import msgspec

from edgenode.model.errors import RefusedError, UnreachableError
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
    NotFound,
    OrderToSend,
    Unknown,
    Unreadable,
    VenueCaps,
    VenueEvent,
    VenueView,
)

REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=5.0)
MESSAGE_MAX = 1 << 20
RECONNECT_S = (0.05, 5.0)
HTTP_NOT_FOUND = 404
HTTP_SERVER_ERROR = 500
HTTP_ERROR = 400
ENDED = {"filled": "filled", "canceled": "canceled", "expired": "expired", "rejected": "rejected"}


class FillMessage(msgspec.Struct, frozen=True):
    """A fill as the venue words it; unknown fields are left out."""

    exec_id: str
    client_id: str
    account: str
    instrument: str
    side: Literal["buy", "sell"]
    lots: int
    price_ticks: int
    fee_minor: int
    fee_currency: str
    t_ns: int
    refers_to: str = ""  # of a correction: what it corrects
    version: int = 0
    busted: bool = False


class BustMessage(msgspec.Struct, frozen=True):
    """An execution taken back."""

    exec_id: str
    account: str
    version: int = 0


class EventMessage(msgspec.Struct, frozen=True):
    """One numbered event; `raw` fields depend on the type."""

    seq: int
    type: str
    client_id: str = ""
    state: str = ""
    cum_lots: int = 0


class EventsFrame(msgspec.Struct, frozen=True, tag_field="type", tag="events"):
    """A frame of events."""

    events: tuple[msgspec.Raw, ...]


class BookFrame(msgspec.Struct, frozen=True, tag_field="type", tag="book"):
    """A published book."""

    instrument: str
    t_ns: int
    mid_ticks: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]
    volume_lots: int


class QueryAnswer(msgspec.Struct, frozen=True):
    """What the venue knows of an order."""

    client_id: str
    state: str
    cum_lots: int
    fills: tuple[FillMessage, ...] = ()


class SnapshotAnswer(msgspec.Struct, frozen=True):
    """The venue's whole view of the account."""

    orders: tuple[QueryAnswer, ...]
    fills: tuple[FillMessage, ...]
    balances: dict[str, int]
    positions: dict[str, int]
    cursor: int


Frame = EventsFrame | BookFrame


class HttpVenue:
    """Implements `ports.Venue`."""

    def __init__(
        self,
        *,
        venue_id: VenueId,
        url: str,
        account: str,
        instrument: InstrumentId,
        deduplicates: bool = True,
    ) -> None:
        self.id = venue_id
        self.caps = VenueCaps(deduplicates=deduplicates, scope=ExecScope(str(venue_id)))
        self._url = url.rstrip("/")
        self._account = account
        self._instrument = instrument
        self._cursor = 0
        self._session: aiohttp.ClientSession | None = None
        self._rng = random.Random(f"{venue_id}/{url}")  # noqa: S311  jitter, guards nothing
        self._book: BookView | None = None
        self._book_new = asyncio.Event()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def submit(self, order: OrderToSend) -> None:
        """Hand over an order, once."""
        body = {
            "client_id": order.order_id,
            "account": self._account,
            "instrument": order.instrument,
            "side": order.side,
            "lots": order.quantity_lots,
            "price_ticks": order.price_ticks,
            "time_in_force": order.time_in_force,
        }
        await self._request("POST", "/orders", body)

    async def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel; the outcome comes as an event."""
        await self._request("DELETE", f"/orders/{order_id}", None)

    async def query(self, order_id: OrderId) -> VenueView | NotFound | Unknown:
        """Ask what the venue knows of an order."""
        try:
            data = await self._request("GET", f"/orders/{order_id}", None)
        except UnreachableError as error:
            return Unknown(str(error))
        if data is None:
            return NotFound()
        return self._view(_decode(data, QueryAnswer))

    async def snapshot(self) -> MassStatus:
        """Ask for open orders, fills since our cursor, balances, positions."""
        path = f"/snapshot?account={self._account}&cursor={self._cursor}"
        data = await self._request("GET", path, None)
        if data is None:
            raise UnreachableError(f"venue {self.id} gives no snapshot")
        answer = _decode(data, SnapshotAnswer)
        return MassStatus(
            venue=self.id,
            open_orders=tuple(self._view(o) for o in answer.orders),
            fills=self._all(answer.fills),
            balances=answer.balances,
            positions={InstrumentId(k): v for k, v in answer.positions.items()},
            cursor=answer.cursor,
        )

    async def events(self) -> AsyncIterator[VenueEvent]:
        """Yield events for ever; books met on the way are kept for `books`."""
        pause_s, ceiling_s = RECONNECT_S
        while True:
            try:
                async with self._http().ws_connect(
                    f"{self._url}/ws?cursor={self._cursor}",
                    max_msg_size=MESSAGE_MAX,
                    heartbeat=20.0,
                ) as socket:
                    yield LinkChanged(venue=self.id, state="live")
                    pause_s = RECONNECT_S[0]
                    async for message in socket:
                        if message.type is not aiohttp.WSMsgType.TEXT:
                            break
                        for event in self._heard(message.data.encode()):
                            yield event
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass  # said below: the link is down, and we try again
            yield LinkChanged(venue=self.id, state="disconnected")
            await asyncio.sleep(self._rng.uniform(0, pause_s))
            pause_s = min(ceiling_s, pause_s * 2)

    async def books(self) -> AsyncIterator[BookView]:
        """Yield the newest book whenever there is a new one; `events` must be read beside it."""
        while True:
            await self._book_new.wait()
            self._book_new.clear()
            if self._book is not None:
                yield self._book

    # -- helpers -----------------------------------------------------------------------------

    def _heard(self, data: bytes) -> list[VenueEvent]:
        """Read a frame; what cannot be read becomes an event too, and the stream goes on."""
        try:
            frame = _decode_frame(data)
        except RefusedError as error:
            return [self._unreadable(error)]
        if isinstance(frame, BookFrame):
            self._book = BookView(
                venue=self.id,
                instrument=self._instrument,
                published_ns=frame.t_ns,
                mid_ticks=frame.mid_ticks,
                bids=frame.bids,
                asks=frame.asks,
                volume_lots=frame.volume_lots,
            )
            self._book_new.set()
            return []
        found: list[VenueEvent] = []
        for raw in frame.events:
            try:
                event = _decode(bytes(raw), EventMessage)
                # Moves as we hand over: after a crash the executor asks for what is open.
                self._cursor = event.seq
                found += self._event(event, raw)
            except RefusedError as error:
                found.append(self._unreadable(error))
        return found

    def _unreadable(self, error: RefusedError) -> Unreadable:
        return Unreadable(venue=self.id, detail=error.found)

    def _event(self, event: EventMessage, raw: msgspec.Raw) -> Sequence[VenueEvent]:
        if event.type in {"fill", "correct"}:
            return self._evidence(_decode(bytes(raw), FillMessage))
        if event.type == "bust":
            bust = _decode(bytes(raw), BustMessage)
            return (self._bust(bust.exec_id, bust.account, bust.version),)
        order_id = OrderId(event.client_id)
        if event.type == "ack":
            return (Acked(venue=self.id, order_id=order_id),)
        if event.type == "done" and event.state in ENDED:
            reason, lots = ENDED[event.state], event.cum_lots
            return (Finished(venue=self.id, order_id=order_id, reason=reason, cum_lots=lots),)
        raise RefusedError(
            f"venue {self.id} says {event.type!r} {event.state!r}",
            expected="ack, fill or done",
            code="EN002",
        )

    def _all(self, fills: Iterable[FillMessage]) -> tuple[Evidence, ...]:
        return tuple(evidence for fill in fills for evidence in self._evidence(fill))

    def _evidence(self, fill: FillMessage) -> tuple[Evidence, ...]:
        """Give what one row says: an execution, and that it was taken back; or a correction."""
        made = self._fill(fill)
        if fill.refers_to:
            refers_to = ExecId(fill.refers_to)
            return (CorrectReport(fill=made, refers_to=refers_to, version=fill.version),)
        if fill.busted:
            return made, self._bust(fill.exec_id, fill.account, fill.version)
        return (made,)

    def _bust(self, exec_id: str, account: str, version: int) -> BustReport:
        return BustReport(
            venue=self.id,
            venue_account=VenueAccount(account),
            scope=self.caps.scope,
            exec_id=ExecId(exec_id),
            version=version,
            detail="taken back by the venue",
        )

    def _fill(self, fill: FillMessage) -> FillReport:
        return FillReport(
            venue=self.id,
            venue_account=VenueAccount(fill.account),
            scope=self.caps.scope,
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

    def _view(self, answer: QueryAnswer) -> VenueView:
        return VenueView(
            order_id=OrderId(answer.client_id),
            state=ENDED.get(answer.state, "working"),
            cum_lots=answer.cum_lots,
            fills=self._all(answer.fills),
        )

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=REQUEST_TIMEOUT)
        return self._session

    async def _request(self, method: str, path: str, body: dict[str, Any] | None) -> bytes | None:
        """Send one request; None = not found. UnreachableError: it may or may not have arrived."""
        try:
            async with self._http().request(method, f"{self._url}{path}", json=body) as response:
                data = await response.content.read(MESSAGE_MAX)
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnreachableError(
                f"venue {self.id} did not answer: {type(error).__name__}",
                expected="an answer in 5 s",
                do="ask for the order's status",
            ) from error
        if status == HTTP_NOT_FOUND:
            return None
        if status >= HTTP_SERVER_ERROR:
            raise UnreachableError(f"venue {self.id} answered {status}")
        if status >= HTTP_ERROR:
            raise RefusedError(f"venue {self.id} answered {status}: {data[:200]!r}", code="EN002")
        return data


T = TypeVar("T")


_FRAMES: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)


def _decode_frame(data: bytes) -> Frame:
    try:
        return _FRAMES.decode(data)
    except msgspec.MsgspecError as error:
        raise _misshapen(error) from error


def _decode(data: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.MsgspecError as error:
        raise _misshapen(error) from error


def _misshapen(error: Exception) -> RefusedError:
    return RefusedError(
        f"the venue's message: {error}", expected="the documented shape", code="EN002"
    )
