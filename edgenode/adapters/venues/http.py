"""A venue over HTTP and WebSocket, such as the sandbox venue; what it says: messages.py.

Requests are single attempts: no answer is UnreachableError, for only the executor may decide what
silence means. The event stream reconnects by itself with full-jitter pauses and goes on from the
last event it has handed over.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from edgenode.adapters.venues.messages import Reader, submit_body
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ids import ExecScope, InstrumentId, OrderId, VenueId
from edgenode.model.venue import (
    BookView,
    LinkChanged,
    MassStatus,
    NotFound,
    OrderToSend,
    Unknown,
    VenueCaps,
    VenueEvent,
    VenueView,
)

REQUEST_TIMEOUT = aiohttp.ClientTimeout(total=5.0)
MESSAGE_MAX = 1 << 20
ANSWER_MAX = 16 << 20  # a snapshot holds every execution since the cursor
RECONNECT_S = (0.05, 5.0)
HTTP_NOT_FOUND = 404
HTTP_SERVER_ERROR = 500
HTTP_ERROR = 400


class HttpVenue:
    """Implements `ports.Venue`."""

    def __init__(
        self,
        *,
        venue_id: VenueId,
        url: str,
        account: str,
        instrument: InstrumentId,
        deduplicates: bool = True,
    ) -> None:
        self.id = venue_id
        self.caps = VenueCaps(deduplicates=deduplicates, scope=ExecScope(str(venue_id)))
        self._url = url.rstrip("/")
        self._account = account
        self._reader = Reader(venue_id, self.caps.scope, instrument)
        self._session: aiohttp.ClientSession | None = None
        self._rng = random.Random(f"{venue_id}/{url}")  # noqa: S311  jitter, guards nothing
        self._book: BookView | None = None
        self._book_new = asyncio.Event()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def submit(self, order: OrderToSend) -> None:
        """Hand over an order, once."""
        await self._request("POST", "/orders", submit_body(order, self._account))

    async def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel; the outcome comes as an event."""
        await self._request("DELETE", f"/orders/{order_id}", None)

    async def query(self, order_id: OrderId) -> VenueView | NotFound | Unknown:
        """Ask what the venue knows of an order."""
        try:
            data = await self._request("GET", f"/orders/{order_id}", None)
        except UnreachableError as error:
            return Unknown(str(error))
        if data is None:
            return NotFound()
        return self._reader.view(data)

    async def snapshot(self) -> MassStatus:
        """Ask for open orders, fills since our cursor, balances, positions."""
        path = f"/snapshot?account={self._account}&cursor={self._reader.cursor}"
        data = await self._request("GET", path, None)
        if data is None:
            raise UnreachableError(f"venue {self.id} gives no snapshot")
        return self._reader.status(data)

    async def events(self) -> AsyncIterator[VenueEvent]:
        """Yield events for ever; books met on the way are kept for `books`."""
        pause_s, ceiling_s = RECONNECT_S
        while True:
            try:
                async with self._http().ws_connect(
                    f"{self._url}/ws?cursor={self._reader.cursor}",
                    max_msg_size=MESSAGE_MAX,
                    heartbeat=20.0,
                ) as socket:
                    yield LinkChanged(venue=self.id, state="live")
                    pause_s = RECONNECT_S[0]
                    async for message in socket:
                        if message.type is not aiohttp.WSMsgType.TEXT:
                            break
                        heard = self._reader.heard(message.data.encode())
                        if isinstance(heard, BookView):
                            self._book = heard
                            self._book_new.set()
                            continue
                        for event in heard:
                            yield event
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass  # said below: the link is down, and we try again
            yield LinkChanged(venue=self.id, state="disconnected")
            await asyncio.sleep(self._rng.uniform(0, pause_s))
            pause_s = min(ceiling_s, pause_s * 2)

    async def books(self) -> AsyncIterator[BookView]:
        """Yield the newest book whenever there is a new one; `events` must be read beside it."""
        while True:
            await self._book_new.wait()
            self._book_new.clear()
            if self._book is not None:
                yield self._book

    # -- helpers -----------------------------------------------------------------------------

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=REQUEST_TIMEOUT)
        return self._session

    async def _request(self, method: str, path: str, body: dict[str, Any] | None) -> bytes | None:
        """Send one request; None = not found. UnreachableError: it may or may not have arrived."""
        try:
            async with self._http().request(method, f"{self._url}{path}", json=body) as response:
                data = await _whole(response)
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise UnreachableError(
                f"venue {self.id} did not answer: {type(error).__name__}",
                expected="an answer in 5 s",
                do="ask for the order's status",
            ) from error
        if status == HTTP_NOT_FOUND:
            return None
        if status >= HTTP_SERVER_ERROR:
            raise UnreachableError(f"venue {self.id} answered {status}")
        if status >= HTTP_ERROR:
            raise RefusedError(f"venue {self.id} answered {status}: {data[:200]!r}", code="EN002")
        return data


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer to its end; RefusedError EN004 where it is too far."""
    data = b""
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > ANSWER_MAX:
            raise RefusedError(f"an answer of more than {ANSWER_MAX} bytes", code="EN004")
    return data
