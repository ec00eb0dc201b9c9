"""The door of the TCP port: what aiohttp does not bound by itself.

aiohttp has no time-out for headers or bodies. Each TCP connection here carries one request (the
server closes it after the answer), so the door needs two deadlines only, both counted from
connecting: headers within `header_s`, the whole request within `request_s`. Who had begun to ask
is told so (408, EN506); who had not is only cut off. And it counts connections per address.

A body must say its length (411 otherwise, see protect): only so is its end known here.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from edgenode.daemon.control.problems import Problem, encoded

END_OF_HEADERS = b"\r\n\r\n"


@dataclass(slots=True)
class Door:
    """Limits shared by all connections of one port."""

    header_s: float = 10.0
    request_s: float = 20.0
    per_address_max: int = 32
    open: Counter[str] = field(default_factory=Counter)
    closed_late: int = 0
    closed_full: int = 0


class Gatekeeper(asyncio.Protocol):
    """Stands before one aiohttp connection handler and hands everything on."""

    def __init__(self, inner: asyncio.Protocol, door: Door) -> None:
        self._inner = inner
        self._door = door
        self._address = ""
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._since = 0.0
        self._tail = b""
        self._headers = False
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, or turn it away; start the clock for its headers."""
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's derives from nothing
        self._since = asyncio.get_running_loop().time()
        self._door.open[self._address] += 1
        self._inner.connection_made(transport)
        if self._door.open[self._address] > self._door.per_address_max:
            self._door.closed_full += 1
            self._abort()
            return
        self._wait(self._door.header_s)

    def data_received(self, data: bytes) -> None:
        """Watch for the end of the headers, then of the body; hand the bytes on."""
        if not self._headers:
            self._tail += data
            at = self._tail.find(END_OF_HEADERS)
            if at >= 0:
                self._headers = True
                self._left = _content_length(self._tail[:at]) - (len(self._tail) - at - 4)
                self._tail = b""
                self._wait(self._door.request_s if self._left > 0 else None)
        else:
            self._left -= len(data)
            if self._left <= 0:
                self._wait(None)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Hand on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Hand on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Hand on."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock and forget the connection."""
        self._wait(None)
        self._door.open[self._address] -= 1
        if not self._door.open[self._address]:
            del self._door.open[self._address]
        self._inner.connection_lost(exc)

    def _wait(self, seconds: float | None) -> None:
        """Set the next deadline, counted from connecting; None removes it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._since + seconds, self._late, seconds)

    def _late(self, seconds: float) -> None:
        self._door.closed_late += 1
        begun = self._headers or self._tail
        if begun and self._transport is not None:
            self._transport.write(_too_slow("body" if self._headers else "headers", seconds))
            self._transport.close()
        else:
            self._abort()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _too_slow(part: str, seconds: float) -> bytes:
    """Write the answer by hand: aiohttp still waits for the request that it would answer."""
    problem = Problem(
        408,
        "EN506",
        f"The {part} of the request did not arrive in time",
        expected=f"all of it within {seconds:g} s of connecting",
    )
    body = encoded(problem)
    head = (
        "HTTP/1.1 408 Request Timeout\r\nContent-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _content_length(headers: bytes) -> int:
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value.strip()[:12])
    return 0
