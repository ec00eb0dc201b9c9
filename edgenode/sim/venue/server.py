"""The sandbox venues as a server: many named venues, HTTP for requests, WebSocket for events.

    POST   /v/NAME/orders            submit; the answer is the venue's view of the order, also
                                     where it refuses it (422, state rejected)
    DELETE /v/NAME/orders/ID         cancel
    GET    /v/NAME/orders/ID         query, with fills; 404 where it is not known
    GET    /v/NAME/snapshot          ?account=A&cursor=N&epoch=E
    GET    /v/NAME/ws                ?cursor=N&epoch=E  numbered events, never dropped; books,
                                     newest wins. Of another epoch than the venue's: from the first
    POST   /v/NAME/faults            {"kind", "count", "after"}
    GET    /v/NAME/truth             what the venue believes

The same paths without /v/NAME act on the first venue; GET /truth gives it, or all by name.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from aiohttp import WSMsgType, hdrs, web

from edgenode.adapters import http_port
from edgenode.adapters.lockstep import taker
from edgenode.model.errors import RefusedError
from edgenode.ports.clock import Clock
from edgenode.sim import faults
from edgenode.sim.recorded import SECOND_NS, load
from edgenode.sim.venue.engine import FAULTS, FEE_PPM, Engine, Order
from edgenode.sim.venue.ladder import Ladder
from edgenode.sim.venue.markets import LateMarket, Market, RecordedMarket, StaticMarket
from edgenode.wire import foreign

Json = dict[str, Any]
Kind = Literal["recorded", "late", "plain"]
Handler = Callable[[Engine, web.Request], Awaitable[web.StreamResponse]]
BODY_MAX = 64 * 1024
SLOW_S = 8.0
EVENTS_PER_FRAME = 200
PAGE = "<html>Welcome. Please sign in to use this network.</html>"


class VenueSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One venue to host: kind = recorded | late | plain; `of` names a late venue's present one."""

    name: str
    kind: Kind = "plain"
    day: str = ""
    shown_as: str = ""  # replay the day under another date
    of: str = ""
    seed: int = 1
    fee_ppm: int = FEE_PPM
    dedupe: bool = True


class OrderBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A submit."""

    client_id: str
    account: str
    instrument: str
    side: str
    lots: int
    price_ticks: int
    time_in_force: str = "ioc"


@dataclass(eq=False, slots=True)
class Listener:
    """One WebSocket: how far its events went, and whether a newer book waits."""

    cursor: int
    epoch: str  # of the numbers that the cursor is of
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    book: bytes | None = None


class SandboxServer:
    """Hosts the engines and lets market time pass for them."""

    def __init__(self, specs: list[VenueSpec], market: Clock, *, speed: int) -> None:
        self.engines: dict[str, Engine] = {}
        self.listeners: dict[str, set[Listener]] = {}
        self.market = market
        self._took = taker(market)
        self._speed = speed
        ladders: dict[str, Ladder] = {}
        for spec in specs:
            engine = Engine(
                spec.name, self._market(spec, ladders), fee_ppm=spec.fee_ppm, dedupe=spec.dedupe
            )
            engine.epoch = secrets.token_hex(4)  # of this process: its numbers begin with it
            self.engines[spec.name] = engine
            self.listeners[spec.name] = set()

    def app(self) -> web.Application:
        """Return the web application."""
        app = web.Application(client_max_size=BODY_MAX, middlewares=[faults.door])
        for prefix in ("", "/v/{venue}"):
            one = f"{prefix}/orders/{{id}}"
            submit, cancel, query, snapshot = (
                self._on(_unless_down(handler))
                for handler in (self._submit, self._cancel, self._query, self._snapshot)
            )
            http_port.acting(app, "POST", f"{prefix}/orders", submit)
            http_port.acting(app, "DELETE", one, cancel)
            http_port.acting(app, "POST", f"{prefix}/faults", self._on(self._faults))
            http_port.reading(app, one, query)
            http_port.reading(app, f"{prefix}/snapshot", snapshot)
            http_port.reading(app, f"{prefix}/ws", self._on(self._ws))
        http_port.reading(app, "/v/{venue}/truth", self._on(self._truth))
        http_port.reading(app, "/truth", self._truths)
        return app

    async def run(self) -> None:
        """Publish each venue's book once per market second until canceled."""
        while True:
            now = self.market.now_ns()
            for name, engine in self.engines.items():
                engine.second(now)
                listeners = self.listeners[name]
                if not listeners:
                    continue
                book = msgspec.json.encode({"type": "book", **book_message(engine, now)})
                for listener in listeners:
                    listener.book = book
                    listener.wake.set()
            self._took(now)
            wait_ns = SECOND_NS - self.market.now_ns() % SECOND_NS
            await asyncio.sleep(wait_ns / SECOND_NS / self._speed)

    # -- requests ----------------------------------------------------------------------------

    async def _submit(self, engine: Engine, request: web.Request) -> web.StreamResponse:
        body = foreign.json_as(await request.read(), OrderBody)
        if body.side not in {"buy", "sell"} or body.lots <= 0 or body.price_ticks <= 0:
            return _refusal(body.client_id, "side buy or sell, lots and price above 0")
        order = Order(
            client_id=body.client_id,
            account=body.account,
            instrument=body.instrument,
            side=body.side,
            lots=body.lots,
            price_ticks=body.price_ticks,
            time_in_force=body.time_in_force,
        )
        taken = engine.submit(order, self.market.now_ns())
        self._wake(engine)
        if engine.strikes("slow"):
            await asyncio.sleep(SLOW_S)
        if engine.strikes("lost_answer"):
            faults.drop(request.transport)
        return web.json_response(
            {"client_id": taken.client_id, "state": taken.state, "cum_lots": taken.executed_lots}
        )

    async def _cancel(self, engine: Engine, request: web.Request) -> web.StreamResponse:
        order = engine.cancel(request.match_info["id"], self.market.now_ns())
        self._wake(engine)
        if order is None:
            return _problem(404, "no such order")
        return web.json_response({"client_id": order.client_id, "state": order.state})

    async def _query(self, engine: Engine, request: web.Request) -> web.StreamResponse:
        view = engine.query(request.match_info["id"], self.market.now_ns())
        return _problem(404, "no such order") if view is None else web.json_response(view)

    async def _snapshot(self, engine: Engine, request: web.Request) -> web.StreamResponse:
        account = request.query.get("account", "desk")
        cursor, epoch = int(request.query.get("cursor", "0")), request.query.get("epoch", "")
        return web.json_response(engine.snapshot(account, cursor, epoch))

    async def _faults(self, engine: Engine, request: web.Request) -> web.StreamResponse:
        status, told = faults.asked(engine, await request.read(), FAULTS)
        return web.json_response(told, status=status)

    async def _truth(self, engine: Engine, _: web.Request) -> web.StreamResponse:
        return web.json_response(engine.truth())

    async def _truths(self, _: web.Request) -> web.StreamResponse:
        truths = {name: engine.truth() for name, engine in self.engines.items()}
        return web.json_response(next(iter(truths.values())) if len(truths) == 1 else truths)

    async def _ws(self, engine: Engine, request: web.Request) -> web.StreamResponse:
        if request.method == hdrs.METH_HEAD:
            return _problem(426, "a WebSocket begins with GET")
        cursor, epoch = int(request.query.get("cursor", "0")), request.query.get("epoch", "")
        listener = Listener(engine.after(cursor, epoch), engine.epoch)
        socket = web.WebSocketResponse(heartbeat=20.0, max_msg_size=BODY_MAX)
        await socket.prepare(request)
        self.listeners[engine.name].add(listener)
        listener.wake.set()
        try:
            async with asyncio.TaskGroup() as tasks:
                sender = tasks.create_task(_send(socket, engine, listener))
                async for message in socket:
                    if message.type is WSMsgType.ERROR:
                        break
                sender.cancel()
        except* ConnectionResetError:
            pass  # the client dropped: it comes back and reads on from its cursor
        finally:
            self.listeners[engine.name].discard(listener)
        return socket

    # -- helpers -----------------------------------------------------------------------------

    def _market(self, spec: VenueSpec, ladders: dict[str, Ladder]) -> Market:
        if spec.kind == "plain":
            return StaticMarket()
        if spec.kind == "recorded":
            if spec.day not in ladders:
                ladders[spec.day] = Ladder(
                    load(spec.day).moved(load(spec.shown_as or spec.day).start_ns)
                )
            return RecordedMarket(ladders[spec.day])
        present = self.engines[spec.of].market
        assert isinstance(present, RecordedMarket), f"{spec.name} is a late copy of {spec.of}"
        return LateMarket(present, spec.seed)

    def _on(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            name = request.match_info.get("venue") or next(iter(self.engines))
            engine = self.engines.get(name)
            if engine is None:
                return _problem(404, f"no venue {name[:40]!r}")
            try:
                return await handler(engine, request)
            except (RefusedError, ValueError) as error:
                return _problem(400, str(error))

        return handle

    def _wake(self, engine: Engine) -> None:
        for listener in self.listeners[engine.name]:
            listener.wake.set()


@asynccontextmanager
async def serving(
    specs: list[VenueSpec], market: Clock, *, speed: int = 1, port: int = 0
) -> AsyncIterator[tuple[SandboxServer, str]]:
    """Serve on loopback; returns the server and its URL."""
    server = SandboxServer(specs, market, speed=speed)
    runner = http_port.runner(server.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    bound = runner.addresses[0][1]
    try:
        async with asyncio.TaskGroup() as tasks:
            clock = tasks.create_task(server.run())
            yield server, f"http://127.0.0.1:{bound}"
            clock.cancel()
    finally:
        await runner.cleanup()


async def _send(socket: web.WebSocketResponse, engine: Engine, listener: Listener) -> None:
    """Send what is new: all events, and only the newest book."""
    while not socket.closed:
        await listener.wake.wait()
        listener.wake.clear()
        if listener.epoch != engine.epoch:  # its numbers began anew, on a connection that goes on
            listener.cursor, listener.epoch = 0, engine.epoch
        while listener.cursor < engine.event_seq:
            skip = len(engine.events) - (engine.event_seq - listener.cursor)
            fresh = list(list(engine.events)[max(0, skip) :])[:EVENTS_PER_FRAME]
            if not fresh:
                break
            listener.cursor = fresh[-1]["seq"]
            told = {"type": "events", "epoch": engine.epoch, "events": fresh}
            payload = msgspec.json.encode(told)
            await socket.send_str(payload.decode())
        if listener.book is not None:
            book, listener.book = listener.book, None
            await socket.send_str(book.decode())


def book_message(engine: Engine, now_ns: int) -> Json:
    """Return a venue's book as it publishes it now; its mid lies within its levels."""
    shown = engine.market.publish(now_ns)
    bid = shown.bids[0].price_ticks if shown.bids else shown.mid_ticks
    ask = shown.asks[0].price_ticks if shown.asks else shown.mid_ticks
    return {
        "instrument": engine.instrument,
        "t_ns": shown.t_ns,
        "mid_ticks": min(max(shown.mid_ticks, bid), ask),
        "bids": shown.bids,
        "asks": shown.asks,
        "volume_lots": shown.volume_lots,
    }


def _unless_down(handler: Handler) -> Handler:
    """Answer 503 or a page, and do nothing, while the venue is down.

    The connection stays: a client may by itself repeat a GET on one that was lost.
    """

    async def answer(engine: Engine, request: web.Request) -> web.StreamResponse:
        if engine.strikes("down"):
            return _problem(503, "down")
        if engine.strikes("page"):
            return web.Response(text=PAGE, content_type="text/html")
        return await handler(engine, request)

    return answer


def _refusal(client_id: str, detail: str) -> web.Response:
    """Refuse one order: its view says so, and nothing else counts as a refusal of it."""
    view = {"client_id": client_id, "state": "rejected", "cum_lots": 0}
    return web.json_response({**faults.problem(422, detail), **view}, status=422)


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response(faults.problem(status, detail), status=status)
