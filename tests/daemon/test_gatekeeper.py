"""The door of the TCP port, over real sockets: late and crowding callers.

A deadline is short where a test waits for it, and far away where it must not strike.
"""

import asyncio
import json

import pytest
import uvloop
from aiohttp import web

from edgenode.daemon.control.gatekeeper import Door, Gatekeeper
from tests.patience import PATIENCE_S

SHORT_S = 0.3
HALF_HEADERS = b"GET / HTTP/1.1\r\nHost: x\r\n"
HALF_BODY = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhe"


class Served:
    """A small server behind a door, on a loop of its own."""

    def __init__(self, runner):
        self.door = Door(header_s=PATIENCE_S, request_s=PATIENCE_S, per_address_max=3)
        self._runner = runner

    def start(self):
        async def echo(request):
            return web.Response(body=await request.read())

        async def begin():
            app = web.Application()
            app.router.add_route("*", "/", echo)
            self.web = web.AppRunner(app, access_log=None)
            await self.web.setup()
            self.server = await asyncio.get_running_loop().create_server(
                lambda: Gatekeeper(self.web.server(), self.door), "127.0.0.1", 0
            )

        self._runner.run(begin())

    def stop(self):
        self.server.close()
        self._runner.run(self.web.cleanup())

    async def connect(self):
        return await asyncio.open_connection(*self.server.sockets[0].getsockname())

    def said(self, *parts):
        """Return all that is answered to a caller who sends these parts and waits."""

        async def call():
            reader, writer = await self.connect()
            for part in parts:
                writer.write(part)
                await writer.drain()
            try:
                return await reader.read()
            except ConnectionError:
                return b""
            finally:
                writer.transport.abort()

        return self._runner.run(call())


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop])
def served(request):
    """The daemon runs on uvloop, whose transports are no asyncio.Transport; the simulator not."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        made = Served(runner)
        made.start()
        yield made
        made.stop()


def test_a_whole_request_passes(served):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhe"
    assert served.said(head, b"llo").endswith(b"\r\n\r\nhello")


def test_who_never_begins_is_cut_off(served):
    served.door.header_s = SHORT_S
    assert served.said() == b""
    assert served.door.closed_late == 1


@pytest.mark.parametrize(
    ("begun", "part", "limit"),
    [(HALF_HEADERS, "headers", "header_s"), (HALF_BODY, "body", "request_s")],
)
def test_who_does_not_finish_in_time_is_told_so_and_cut_off(served, begun, part, limit):
    setattr(served.door, limit, SHORT_S)
    head, _, body = served.said(begun).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (408, "EN506")
    assert problem["detail"] == f"The {part} of the request did not arrive in time"
    assert problem["expected"] == f"all of it within {SHORT_S} s of connecting"
    assert served.door.closed_late == 1


def test_one_address_holds_only_so_many_connections(served):
    async def crowd():
        begun = [await served.connect() for _ in range(4)]
        reader, _ = begun[-1]
        try:
            heard = await reader.read()
        except ConnectionError:
            heard = b""
        for _, writer in begun:
            writer.transport.abort()
        return heard

    assert served._runner.run(crowd()) == b""
    assert served.door.closed_full == 1
