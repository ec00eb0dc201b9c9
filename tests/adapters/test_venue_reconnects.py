"""Pauses between connections grow until a frame can be read; a handshake alone changes nothing."""

import asyncio
from types import SimpleNamespace

from aiohttp import web

from edgenode.adapters.venues import http
from edgenode.adapters.venues.http import RECONNECT_S, HttpVenue
from edgenode.model.ids import InstrumentId, VenueId

GOOD = '{"type":"events","events":[{"seq":%d,"type":"ack","client_id":"o"}]}'
BAD = ("", "{", '{"type":"party"}', '{"type":"events","events":[{"seq":1,"type":"done"}]}')


async def pauses(monkeypatch, says) -> list[float]:
    """Connect as often as there are things to say, one a connection; give the pauses between."""
    left, paused = list(says), []

    async def ws(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        said = left.pop(0) if left else ""
        if said:
            await socket.send_str(said)
        await socket.close()
        return socket

    async def sleep(seconds: float) -> None:
        paused.append(seconds)

    app = web.Application()
    app.router.add_get("/ws", ws)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    fake = SimpleNamespace(**{**vars(asyncio), "sleep": sleep})
    monkeypatch.setattr(http, "asyncio", fake)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    venue = HttpVenue(
        venue_id=VenueId("a"), url=url, account="desk", instrument=InstrumentId("WETH-USDC")
    )
    try:
        async for _ in venue.events():
            if len(paused) >= len(says):
                break
    finally:
        await venue.close()
        await runner.cleanup()
    return paused


async def test_handshakes_and_frames_that_cannot_be_read_let_the_pauses_grow(monkeypatch) -> None:
    found = await pauses(monkeypatch, BAD * 3)
    first, ceiling = RECONNECT_S
    wanted = [min(ceiling, first * 2**n) for n in range(len(found))]
    assert all(most / 2 <= pause <= most for pause, most in zip(found, wanted, strict=True))


async def test_a_frame_that_can_be_read_lets_them_begin_again(monkeypatch) -> None:
    found = await pauses(monkeypatch, (*BAD, *BAD, GOOD % 1, "", GOOD % 2))
    first, _ = RECONNECT_S
    assert found[7] > 10 * first
    assert first / 2 <= found[8] <= first
    assert found[9] <= 2 * first
    assert found[10] <= first
