"""Outside venues: the sandbox engine behind a simulated network, read by the product's reader.

Every node has an engine of its own at every venue, as every customer of a venue has an account.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from edgenode.adapters.venues import answers
from edgenode.adapters.venues.answers import Answer
from edgenode.adapters.venues.messages import Reader, readable, submit_body
from edgenode.core.state.execution import FillKey
from edgenode.model.errors import UnreachableError
from edgenode.model.ids import ExecId, ExecScope, InstrumentId, OrderId, VenueAccount, VenueId
from edgenode.model.venue import (
    BookView,
    LinkChanged,
    MassStatus,
    NotFound,
    OrderToSend,
    Unknown,
    VenueCaps,
    VenueEvent,
    VenueView,
)
from edgenode.sim.venue.engine import USDC, Engine, FeeCurrency, Order
from edgenode.sim.venue.markets import Market, StaticMarket
from edgenode.sim.world.clock import SimClock
from edgenode.sim.world.disk import PowerGoneError
from edgenode.sim.world.loop import lane
from edgenode.sim.world.many import Listed, ManyEngine, ManyHolding
from edgenode.sim.world.net import Handler, Link
from edgenode.wire import foreign

Json = dict[str, Any]
SECOND_S, UNHEARD_S = 1.0, 60.0  # between books, while somebody listens or nobody
SLOW_S = 8.0
EVENTS_PER_FRAME = 200
EVERY_S = 5  # between two books of one instrument, where a venue lists many
RETRY_S = (0.05, 2.0)
ACCOUNT = "desk"
DEEP_LOTS = 10_000
MISSING = b"404 application/json\n{}"
PAGE = b"200 text/html\n<html>Please sign in to use this network.</html>"
ARRIVES = 0.5  # of the submits that a page or silence answers


class Exchange:
    """One venue's server for one node."""

    def __init__(  # noqa: PLR0913  what a venue is made of
        self,
        name: str,
        clock: SimClock,
        rng: random.Random,
        *,
        dedupe: bool,
        fees: tuple[FeeCurrency, ...] = (USDC,),
        depths: tuple[int, ...] = (),
        lists: Sequence[Listed] = (),
    ) -> None:
        self._depths = depths  # lots a level: one of these each second; if none, always many
        self.market = StaticMarket(lots=DEEP_LOTS)
        self.engine = Engine(name, self.market, dedupe=dedupe, fee_currencies=fees)
        self.markets = {self.engine.instrument: self.market}
        if lists:
            rows = {str(row.fact.id): row for row in lists}
            self.markets = {n: StaticMarket(row.mid_ticks, DEEP_LOTS) for n, row in rows.items()}
            self.engine = ManyEngine(
                name, self.market, dedupe=dedupe, terms=rows, markets=self.markets
            )
        self.moves: Callable[[], bool] = lambda: True
        self.frozen = False  # the price walks no more
        self.pages = False  # every request is answered by a login page
        self.silent = False  # no request is answered, and the stream says nothing
        self.books: dict[str, bytes] = {}  # the newest of each instrument
        self.listeners: list[asyncio.Event] = []  # set when there is something to hear
        self.submitted: Callable[[OrderId], None] = lambda _: None
        self._heard = asyncio.Event()  # somebody began to listen
        self._clock = clock
        self._rng = rng

    @property
    def venue(self) -> VenueId:
        """Name the venue, whichever node this account of it is of."""
        return VenueId(self.engine.name.partition("/")[0])

    @property
    def instruments(self) -> list[InstrumentId]:
        """Return what can be traded here."""
        return [InstrumentId(name) for name in self.markets]

    def net_lots(self, name: InstrumentId) -> int:
        """Return what was traded of an instrument since the opening, signed."""
        held = self.engine.accounts.values()
        return sum(
            holding.traded.get(name, 0) if isinstance(holding, ManyHolding) else holding.net_lots
            for holding in held
        )

    def executions(self, name: InstrumentId) -> Iterator[tuple[FillKey, Json]]:
        """Yield what was executed in an instrument, by the key that books have of it."""
        venue = self.venue
        for fill in self.engine.fills:
            if fill["instrument"] == name:
                account, exec_id = VenueAccount(fill["account"]), ExecId(fill["exec_id"])
                yield FillKey(venue, account, ExecScope(str(venue)), exec_id), fill

    def balances(self) -> list[dict[str, int]]:
        """Return what each account holds of each currency."""
        held = self.engine.accounts.values()
        return [{USDC.code: holding.cash, **holding.others} for holding in held]

    async def run(self) -> None:
        """Advance market time: the price walks, resting orders meet it, the book is published."""
        lane(self.engine.name)
        second = 0
        await asyncio.sleep(self._rng.random() * SECOND_S)  # no market's second begins with ours
        while True:
            now = self._clock.now_ns()
            due = list(self.markets.items())[second % EVERY_S :: EVERY_S]
            if len(self.markets) == 1:
                due = list(self.markets.items())
            for name, market in due:
                if self.moves() and not self.frozen:
                    step = self._rng.randint(-8, 8)
                    market.mid_ticks = max(1_000, market.mid_ticks + step)
                    if self._depths:
                        market.lots = self._rng.choice(self._depths)
                self.books[name] = book_frame(name, market, now)
            self.engine.second(now)
            self.ring()
            second += 1
            await self._second_over()

    def listen(self, wake: asyncio.Event) -> None:
        """Set an event from now on whenever there is something to hear."""
        self.listeners.append(wake)
        self._heard.set()

    async def _second_over(self) -> None:
        """Wait for the next second; where nobody listens, until somebody does."""
        if self.listeners:
            await asyncio.sleep(SECOND_S)
            return
        self._heard.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(UNHEARD_S):
                await self._heard.wait()

    def ring(self) -> None:
        """Wake whoever listens."""
        for listener in self.listeners:
            listener.set()

    async def submit(self, data: bytes) -> bytes:
        """Take an order, as the sandbox server does, its faults included."""
        arrives = (not self.pages and not self.silent) or self._rng.random() < ARRIVES
        if not arrives:
            return await self._nothing()
        self._must_be_up()
        body = _object(data)
        self.submitted(OrderId(body["client_id"]))
        order = Order(
            client_id=body["client_id"],
            account=body["account"],
            instrument=body["instrument"],
            side=body["side"],
            lots=body["lots"],
            price_ticks=body["price_ticks"],
            time_in_force=body["time_in_force"],
        )
        taken = self.engine.submit(order, self._clock.now_ns())
        self.ring()
        if self.pages:
            return PAGE
        if self.silent or self.engine.strikes("slow"):
            await asyncio.sleep(SLOW_S)
        if self.engine.strikes("lost_answer"):
            raise UnreachableError("the answer was lost")
        return _answer({
            "client_id": taken.client_id, "state": taken.state, "cum_lots": taken.executed_lots,
        })  # fmt: skip

    async def cancel(self, data: bytes) -> bytes:
        """End a resting order."""
        if self.pages or self.silent:
            return await self._nothing()
        self._must_be_up()
        order = self.engine.cancel(data.decode(), self._clock.now_ns())
        self.ring()
        return MISSING if order is None else _answer({"client_id": order.client_id})

    async def query(self, data: bytes) -> bytes:
        """Return what is known of an order; nothing where it is not known."""
        if self.pages or self.silent:
            return await self._nothing()
        self._must_be_up()
        view = self.engine.query(data.decode(), self._clock.now_ns())
        return MISSING if view is None else _answer(view)

    async def snapshot(self, data: bytes) -> bytes:
        """Tell everything of the account since an event."""
        if self.pages or self.silent:
            return await self._nothing()
        self._must_be_up()
        cursor, _, epoch = data.decode().partition(" ")
        return _answer(self.engine.snapshot(ACCOUNT, int(cursor), epoch))

    def events(self, cursor: int) -> bytes | None:
        """Return the next frame of events after a cursor; None if there is none."""
        first = self.engine.event_seq - len(self.engine.events)
        fresh = list(self.engine.events)[max(0, cursor - first) :][:EVENTS_PER_FRAME]
        if self.silent:
            return None
        frame = {"type": "events", "epoch": self.engine.epoch, "events": fresh}
        return msgspec.json.encode(frame) if fresh else None

    async def _nothing(self) -> bytes:
        """Answer what is no answer: a page at once, or nothing for longer than anybody waits."""
        if self.silent:
            await asyncio.sleep(UNHEARD_S)
        return PAGE

    def _must_be_up(self) -> None:
        if self.engine.strikes("down"):
            raise UnreachableError("the venue is down")


class SimVenue:
    """Implements `ports.Venue` over a link."""

    def __init__(
        self, venue: VenueId, instrument: InstrumentId, exchange: Exchange, link: Link
    ) -> None:
        self.id = venue
        scope = ExecScope(str(venue))
        self.caps = VenueCaps(deduplicates=exchange.engine.dedupe, scope=scope)
        self._exchange = exchange
        self._link = link
        self._reader = Reader(venue, scope, instrument)
        self._readers = {name: Reader(venue, scope, name) for name in exchange.instruments}
        self._books: dict[InstrumentId, BookView] = {}  # the newest that nobody took yet
        self._published = asyncio.Event()
        self._drop = False  # the connection ends: it goes on from another place
        self.unplugged = False  # its box lost power: nothing is sent any more
        self._wake = asyncio.Event()
        exchange.listen(self._wake)
        link.listeners.append(self._wake)

    async def close(self) -> None:
        """Listen no more."""
        self._exchange.listeners.remove(self._wake)
        self._link.listeners.remove(self._wake)

    async def submit(self, order: OrderToSend) -> VenueView:
        """Hand over an order, once."""
        body = msgspec.json.encode(submit_body(order, ACCOUNT))
        answer = await self._call(self._exchange.submit, body)
        return answers.submitted(self._reader, order.order_id, answer)

    async def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel."""
        answer = await self._call(self._exchange.cancel, order_id.encode())
        answers.canceled(self._reader, order_id, answer)

    async def query(self, order_id: OrderId) -> VenueView | NotFound | Unknown:
        """Ask what the venue knows of an order."""
        try:
            answer = await self._call(self._exchange.query, order_id.encode())
            return answers.asked(self._reader, order_id, answer)
        except UnreachableError as error:
            return Unknown(str(error))

    async def snapshot(self, *, whole: bool = False) -> MassStatus:
        """Ask for everything."""
        status = await self._reader.place.shown(self._shown, whole=whole)
        self._drop |= status.began_anew
        return status

    def resume(self, epoch: str, cursor: int) -> None:
        """Go on from a recorded place."""
        self._reader.place.start(epoch, cursor)

    async def _shown(self, cursor: int) -> MassStatus:
        asked = f"{cursor} {self._reader.place.epoch or ''}".encode()
        return answers.shown(self._reader, await self._call(self._exchange.snapshot, asked))

    async def events(self) -> AsyncIterator[VenueEvent]:
        """Yield events without end; reconnects, and goes on behind the last one handed over."""
        pause_s, ceiling_s = RETRY_S
        while True:
            if self._link.is_up():
                yield LinkChanged(venue=self.id, state="live")
                async for reader, frame in self._frames():
                    heard = reader.heard(frame)
                    if readable(heard):
                        pause_s = RETRY_S[0]
                    if isinstance(heard, BookView):
                        self._publish(heard)
                        continue
                    for event in heard:
                        yield event
                yield LinkChanged(venue=self.id, state="disconnected")
            await asyncio.sleep(pause_s)
            pause_s = min(ceiling_s, pause_s * 2)

    async def books(self) -> AsyncIterator[BookView]:
        """Yield the newest book."""
        while True:
            await self._published.wait()
            while self._books:
                yield self._books.pop(next(iter(self._books)))
            self._published.clear()

    async def _call(self, handler: Handler, data: bytes) -> Answer:
        if self.unplugged:
            raise PowerGoneError
        head, _, body = (await self._link.call(handler, data)).partition(b"\n")
        status, _, media_type = head.decode().partition(" ")
        return Answer(int(status), media_type, body)

    async def _frames(self) -> AsyncIterator[tuple[Reader, bytes]]:
        """Return what the connection carries, in order, until it is lost."""
        place, engine = self._reader.place, self._exchange.engine
        sent: dict[str, bytes] = {}
        place.connected()
        epoch, cursor = engine.epoch, engine.after(place.cursor, place.epoch or "")
        self._drop = False
        while self._link.is_up() and engine.epoch == epoch and not self._drop:
            frame, reader = self._exchange.events(cursor), self._reader
            if frame is not None:
                cursor = min(engine.event_seq, cursor + EVENTS_PER_FRAME)
            elif not self._exchange.silent:
                fresh = ((n, b) for n, b in self._exchange.books.items() if sent.get(n) is not b)
                for name, book in fresh:
                    frame = sent[name] = book
                    reader = self._readers[InstrumentId(name)]
                    break
            if frame:
                try:
                    async with asyncio.timeout(SLOW_S):
                        carried = await self._link.carry(frame)
                except (UnreachableError, TimeoutError):
                    return
                yield reader, carried
            else:
                await self._wake.wait()
                self._wake.clear()

    def _publish(self, book: BookView) -> None:
        self._books[book.instrument] = book
        self._published.set()


def book_frame(name: str, market: Market, now_ns: int) -> bytes:
    """Word a published book as the sandbox server does."""
    shown = market.publish(now_ns)
    body = {
        "type": "book", "instrument": name, "t_ns": shown.t_ns, "mid_ticks": shown.mid_ticks,
        "bids": [list(level) for level in shown.bids],
        "asks": [list(level) for level in shown.asks], "volume_lots": shown.volume_lots,
    }  # fmt: skip
    return msgspec.json.encode(body)


def _answer(body: Json) -> bytes:
    """Word an answer as it travels here: status and media type, then the body."""
    return b"200 application/json\n" + msgspec.json.encode(body)


def _object(data: bytes) -> Json:
    return foreign.json_as(data, dict[str, Any])
