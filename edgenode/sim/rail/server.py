"""The sandbox rail as a server.

POST /transfers        {key, debtor, creditor, amount_minor, currency, reference}
GET  /transfers/KEY    404 where it is not known
GET  /statement        ?account=A&after=LINE
GET  /balance          ?account=A&currency=C
POST /faults           {"kind", "count", "after"}
GET  /truth            what the rail believes
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from edgenode.adapters.clock import MarketClock, WallClock
from edgenode.ports import Clock
from edgenode.sim.rail.engine import FAULTS, SECOND_NS, Fault, RailEngine, Transfer

BODY_MAX = 64 * 1024
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TransferBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A transfer."""

    key: str
    debtor: str
    creditor: str
    amount_minor: int
    currency: str
    reference: str = ""


class FaultBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault on demand."""

    kind: str
    count: int = 1
    after: int = 0


class RailServer:
    """Hosts one rail and lets time pass for it."""

    def __init__(self, clock: Clock, *, speed: int = 1) -> None:
        self.engine = RailEngine()
        self._clock = clock
        self._speed = speed

    def app(self) -> web.Application:
        """Give the web application."""
        app = web.Application(client_max_size=BODY_MAX)
        app.router.add_post("/transfers", _checked(self._transfer))
        app.router.add_get("/transfers/{key}", _checked(self._query))
        app.router.add_get("/statement", _checked(self._statement))
        app.router.add_get("/balance", _checked(self._balance))
        app.router.add_post("/faults", _checked(self._faults))
        app.router.add_get("/truth", _checked(self._truth))
        return app

    async def run(self) -> None:
        """Book what is due once per market second, for ever."""
        while True:
            now = self._clock.now_ns()
            self.engine.second(now)
            await asyncio.sleep((SECOND_NS - now % SECOND_NS) / SECOND_NS / self._speed)

    async def _transfer(self, request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read(), type=TransferBody)
        if self.engine.strikes("down"):
            _drop(request)
            return _problem(503, "down")
        asked = Transfer(**msgspec.structs.asdict(body))
        taken = self.engine.transfer(asked, self._clock.now_ns())
        if self.engine.strikes("lost_answer"):
            _drop(request)
        return web.json_response(taken.view(), status=422 if taken.state == "rejected" else 202)

    async def _query(self, request: web.Request) -> web.StreamResponse:
        found = self.engine.query(request.match_info["key"])
        return (
            _problem(404, "no such transfer") if found is None else web.json_response(found.view())
        )

    async def _statement(self, request: web.Request) -> web.StreamResponse:
        after = int(request.query.get("after", "0"))
        return web.json_response(self.engine.lines(request.query["account"], after))

    async def _balance(self, request: web.Request) -> web.StreamResponse:
        account, currency = request.query["account"], request.query["currency"]
        amount = self.engine.balance(account, currency)
        return web.json_response(
            {"account": account, "currency": currency, "amount_minor": amount}
        )

    async def _faults(self, request: web.Request) -> web.StreamResponse:
        body = msgspec.json.decode(await request.read(), type=FaultBody)
        if body.kind not in FAULTS:
            return _problem(422, f"kind {body.kind!r}; this rail knows {', '.join(FAULTS)}")
        self.engine.faults.append(Fault(body.kind, body.count, body.after))
        return web.json_response(msgspec.structs.asdict(body))

    async def _truth(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(self.engine.truth())


@asynccontextmanager
async def serving(
    clock: Clock, *, speed: int = 1, port: int = 0
) -> AsyncIterator[tuple[RailServer, str]]:
    """Serve on loopback; gives the server and its URL."""
    server = RailServer(clock, speed=speed)
    runner = web.AppRunner(server.app(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with asyncio.TaskGroup() as tasks:
            time = tasks.create_task(server.run())
            yield server, f"http://127.0.0.1:{runner.addresses[0][1]}"
            time.cancel()
    finally:
        await runner.cleanup()


def clock_at(speed: int) -> Clock:
    """Give wall time, or time that runs `speed` times as fast from now."""
    wall = WallClock()
    return wall if speed == 1 else MarketClock(wall.now_ns(), speed)


def _checked(handler: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            return _problem(400, str(error))

    return handle


def _drop(request: web.Request) -> None:
    """Lose the answer: the connection goes without a word."""
    if request.transport is not None:
        request.transport.abort()


def _problem(status: int, detail: str) -> web.Response:
    return web.json_response({"status": status, "detail": detail}, status=status)
