"""Connections to a feed's server: http and https for server-sent events, ws and wss for WebSocket.

Certificates are verified as the system's are. No redirect is followed: another address is not the
server that was set up. A frame or an event is bounded, and so is what is read ahead of it.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import aiohttp

from edgenode.adapters.feeds.events import EVENT_MAX, EventReader
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.ports.feeds import FeedMessage

CONNECT_S = 10.0
READ_AHEAD = 1 << 16  # bytes
HEARTBEAT_S = 20.0
FAILURES = (aiohttp.ClientError, OSError, TimeoutError, ValueError)
TYPE = "text/event-stream"


class HttpStream:
    """Implements `ports.FeedStream`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Let go of what is open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def messages(self, last_id: str) -> AsyncGenerator[FeedMessage, None]:
        """Connect once and yield messages until the server ends the connection."""
        told = self._events(last_id) if self.url.startswith("http") else self._frames()
        try:
            async with aclosing(told):
                async for message in told:
                    yield message
        except FAILURES as error:
            raise UnreachableError(
                f"its server failed: {_why(error)}"[:200],
                expected="a connection that stays open",
                do="nothing: it is tried again, with growing pauses; check the url if it stays so",
                code="EN302",
            ) from error

    async def _events(self, last_id: str) -> AsyncGenerator[FeedMessage, None]:
        headers = {"Accept": TYPE, "Cache-Control": "no-store"}
        if last_id:
            headers["Last-Event-ID"] = last_id
        async with self._http().get(self.url, headers=headers, allow_redirects=False) as answer:
            if answer.status != 200 or answer.content_type != TYPE:  # noqa: PLR2004
                raise _NoStreamError(f"{answer.status} {answer.content_type}, not {TYPE}")
            reader = EventReader()
            async for data in answer.content.iter_any():
                for message in reader.take(data):
                    yield message

    async def _frames(self) -> AsyncGenerator[FeedMessage, None]:
        async with self._http().ws_connect(
            self.url, max_msg_size=EVENT_MAX, heartbeat=HEARTBEAT_S
        ) as socket:
            async for frame in socket:
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    raise RefusedError(
                        f"a frame of type {frame.type.name}",
                        expected=f"text frames of at most {EVENT_MAX} bytes",
                        do="let the feed's server send JSON as text",
                        code="EN002",
                    )
                yield FeedMessage(frame.data)
            if socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
                raise RefusedError(
                    f"a frame of more than {EVENT_MAX} bytes",
                    expected=f"at most {EVENT_MAX}",
                    do="let the feed's server send fewer rows at once",
                    code="EN004",
                )

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_request_redirect.append(_refuse_redirect)  # ws_connect has no switch for it
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, connect=CONNECT_S)
            self._session = aiohttp.ClientSession(
                timeout=timeout, trace_configs=[trace], read_bufsize=READ_AHEAD
            )
        return self._session


class _NoStreamError(aiohttp.ClientError):
    """An answer that is no stream of events; its text is ours."""


async def _refuse_redirect(*_: object) -> None:
    raise _NoStreamError("a redirect")


def _why(error: Exception) -> str:
    """Return what failed, without the url: its path or query may hold a secret."""
    match error:
        case _NoStreamError():
            return str(error)
        case aiohttp.ClientResponseError(status=status):
            return f"it answered {status}"
        case aiohttp.ClientConnectorError(os_error=cause):
            return f"{type(error).__name__}: {cause.strerror or type(cause).__name__}"
        case _:
            return type(error).__name__
