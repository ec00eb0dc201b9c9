"""A feed's server over real sockets: events, frames, what it may not send, and no server."""

from contextlib import aclosing

import pytest
from aiohttp import web

from edgenode.adapters.feeds import stream as module
from edgenode.adapters.feeds.stream import HttpStream
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.ports.feeds import FeedMessage


class Server:
    """A server that answers as it is told to, and keeps what it was asked."""

    def __init__(self):
        self.asked, self.told, self.frames = [], b"", []
        self.status, self.type = 200, "text/event-stream"

    async def events(self, request):
        self.asked.append(dict(request.headers))
        answer = web.StreamResponse(status=self.status, headers={"Content-Type": self.type})
        await answer.prepare(request)
        await answer.write(self.told)
        return answer

    async def socket(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for frame in self.frames:
            await (socket.send_str if isinstance(frame, str) else socket.send_bytes)(frame)
        await socket.close()
        return socket

    async def elsewhere(self, _):
        raise web.HTTPFound("/events")


@pytest.fixture
async def server():
    told, app = Server(), web.Application()
    app.router.add_get("/events", told.events)
    app.router.add_get("/socket", told.socket)
    app.router.add_get("/moved", told.elsewhere)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    told.port = site._server.sockets[0].getsockname()[1]
    yield told
    await runner.cleanup()


async def heard(url, last_id=""):
    stream, found = HttpStream(url), []
    try:
        async with aclosing(stream.messages(last_id)) as told:
            found.extend([message async for message in told])
    finally:
        await stream.close()
    return found


async def test_events_are_heard_behind_the_last_id(server):
    server.told = b"id: 4\ndata: [1]\n\n: alive\n"
    found = await heard(f"http://127.0.0.1:{server.port}/events", "3")
    assert found == [FeedMessage("[1]", "4"), FeedMessage("")]
    assert server.asked[0]["Last-Event-ID"] == "3"
    assert server.asked[0]["Accept"] == "text/event-stream"


async def test_frames_are_heard(server):
    server.frames = ["[1]", "[2]"]
    found = await heard(f"ws://127.0.0.1:{server.port}/socket")
    assert found == [FeedMessage("[1]"), FeedMessage("[2]")]


async def test_bytes_in_a_frame_and_long_frames_are_refused(server, monkeypatch):
    monkeypatch.setattr(module, "EVENT_MAX", 10)
    url = f"ws://127.0.0.1:{server.port}/socket"
    server.frames = [b"x"]
    with pytest.raises(RefusedError, match="a frame of type BINARY"):
        await heard(url)
    server.frames = ["x" * 11]
    with pytest.raises((RefusedError, UnreachableError)) as caught:
        await heard(url)
    assert caught.value.code in {"EN002", "EN004", "EN302"}


@pytest.mark.parametrize(("status", "kind"), [(500, "text/event-stream"), (200, "text/html")])
async def test_what_is_no_stream_of_events_is_unreachable(server, status, kind):
    server.status, server.type = status, kind
    with pytest.raises(UnreachableError, match=f"{status} {kind}, not text/event-stream"):
        await heard(f"http://127.0.0.1:{server.port}/events")


@pytest.mark.parametrize("place", ["events?token=hidden", "gone?token=hidden"])
@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_what_failed_is_told_without_the_secrets_of_an_address(server, scheme, place):
    server.status = 500
    with pytest.raises(UnreachableError) as caught:
        await heard(f"{scheme}://127.0.0.1:{server.port}/{place}")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_no_redirect_is_followed_and_nobody_there_is_told(server, scheme):
    for place in (f"{server.port}/moved", "1/gone"):
        with pytest.raises(UnreachableError, match="its server failed") as caught:
            await heard(f"{scheme}://127.0.0.1:{place}")
        assert caught.value.code == "EN302"
    assert server.asked == []


async def test_a_server_without_a_certificate_that_holds_is_unreachable(server):
    with pytest.raises(UnreachableError):
        await heard(f"https://127.0.0.1:{server.port}/events")
