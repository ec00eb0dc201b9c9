"""The door of the TCP port: what aiohttp does not bound by itself.

aiohttp has no time-out for headers or bodies. Each TCP connection here carries one request (the
server closes it after the answer), so the door needs two deadlines only: headers within
`header_s`, the whole request within `body_s`. And it counts connections per address.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

END_OF_HEADERS = b"\r\n\r\n"


@dataclass(slots=True)
class Door:
    """Limits shared by all connections of one port."""

    header_s: float = 10.0
    body_s: float = 20.0
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
        self._transport: asyncio.BaseTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tail = b""
        self._headers = False
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection, or turn it away; start the clock for its headers."""
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        self._transport = transport
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
                self._wait(self._door.body_s if self._left > 0 else None)
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
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._late)

    def _late(self) -> None:
        self._door.closed_late += 1
        self._abort()

    def _abort(self) -> None:
        if isinstance(self._transport, asyncio.Transport):
            self._transport.abort()


def _content_length(headers: bytes) -> int:
    for line in headers.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return int(value.strip()[:12])
    return 0
