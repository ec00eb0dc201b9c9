"""The sandbox rail as a server: teller.py over HTTP, on loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from edgenode.adapters import http_port
from edgenode.adapters.clock import MarketClock, WallClock
from edgenode.ports.clock import Clock
from edgenode.sim import faults
from edgenode.sim.rail.engine import SECOND_NS, RailEngine
from edgenode.sim.rail.teller import Asked, Teller

BODY_MAX = 64 * 1024


class RailServer:
    """Hosts one rail and lets time pass for it."""

    def __init__(self, clock: Clock, *, speed: int = 1) -> None:
        self.engine = RailEngine()
        self._teller = Teller(self.engine, clock)
        self._clock = clock
        self._speed = speed

    def app(self) -> web.Application:
        """Return the web application."""
        app = web.Application(client_max_size=BODY_MAX, middlewares=[faults.door])
        http_port.reading(app, "/{path:.*}", self._read)
        for method in sorted(http_port.ACTS):
            http_port.acting(app, method, "/{path:.*}", self._answer)
        return app

    async def run(self) -> None:
        """Book what is due once per market second until canceled."""
        while True:
            now = self._clock.now_ns()
            self.engine.second(now)
            await asyncio.sleep((SECOND_NS - now % SECOND_NS) / SECOND_NS / self._speed)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        reply = self._teller.answer(Asked("GET", request.path, request.query))
        return web.json_response(reply.body, status=reply.status)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        reply = self._teller.answer(Asked(request.method, request.path, request.query, body))
        if reply.lost:
            faults.drop(request.transport)
        return web.json_response(reply.body, status=reply.status)


@asynccontextmanager
async def serving(
    clock: Clock, *, speed: int = 1, port: int = 0
) -> AsyncIterator[tuple[RailServer, str]]:
    """Serve on loopback; returns the server and its URL."""
    server = RailServer(clock, speed=speed)
    runner = http_port.runner(server.app())
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
    """Return wall time, or time that runs `speed` times as fast from now."""
    wall = WallClock()
    return wall if speed == 1 else MarketClock(wall.now_ns(), speed)
