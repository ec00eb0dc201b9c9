"""The door of the TCP port, over real sockets with short deadlines: late and crowding callers."""

import asyncio

import pytest
from aiohttp import web

from edgenode.daemon.control.gatekeeper import Door, Gatekeeper


@pytest.fixture
async def served():
    async def echo(request):
        return web.Response(body=await request.read())

    app = web.Application()
    app.router.add_route("*", "/", echo)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    door = Door(header_s=0.05, body_s=0.1, per_address_max=3)
    server = await asyncio.get_running_loop().create_server(
        lambda: Gatekeeper(runner.server(), door), "127.0.0.1", 0
    )
    yield door, server.sockets[0].getsockname()[1]
    server.close()
    await runner.cleanup()


async def hears_nothing(reader):
    """Wait for the end of a connection that never answered."""
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


async def test_a_whole_request_passes(served):
    _, port = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhe")
    await writer.drain()
    writer.write(b"llo")
    assert (await reader.read()).endswith(b"\r\n\r\nhello")
    writer.close()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhe",
    ],
)
async def test_who_does_not_finish_in_time_is_cut_off(served, begun):
    door, port = served
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    assert await hears_nothing(reader)
    assert door.closed_late == 1
    writer.close()


async def test_one_address_holds_only_so_many_connections(served):
    door, port = served
    begun = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
    reader, _ = begun[-1]
    assert await hears_nothing(reader)
    assert door.closed_full == 1
    for _, writer in begun:
        writer.transport.abort()
