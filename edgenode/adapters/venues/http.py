"""A venue over HTTP and WebSocket, such as the sandbox venue.

What it says: messages.py; what an answer to a request means: answers.py. Requests are single
attempts and follow no redirect. No clear answer is UnreachableError. The event stream reconnects
by itself and goes on from the last event that it handed over. Its pauses grow until a frame can be
read: a handshake alone is no sign that the venue works.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp

from edgenode.adapters.venues import answers
from edgenode.adapters.venues.answers import Answer
from edgenode.adapters.venues.messages import Reader, readable, submit_body
from edgenode.adapters.venues.place import Place
from edgenode.model.errors import UnreachableError
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
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._rng = random.Random(f"{venue_id}/{url}")  # noqa: S311  jitter, guards nothing
        self._book: BookView | None = None
        self._book_new = asyncio.Event()

    @property
    def place(self) -> Place:
        """Return how far the stream was handed over."""
        return self._reader.place

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def submit(self, order: OrderToSend) -> VenueView:
        """Send an order, once; returns the venue's own view of it."""
        answer = await self._request("POST", "/orders", submit_body(order, self._account))
        return answers.submitted(self._reader, order.order_id, answer)

    async def cancel(self, order_id: OrderId) -> None:
        """Ask for a cancel; the outcome comes as an event, or is asked."""
        answer = await self._request("DELETE", f"/orders/{order_id}")
        answers.canceled(self._reader, order_id, answer)

    async def query(self, order_id: OrderId) -> VenueView | NotFound | Unknown:
        """Ask what the venue knows of an order."""
        try:
            answer = await self._request("GET", f"/orders/{order_id}")
            return answers.asked(self._reader, order_id, answer)
        except UnreachableError as error:
            return Unknown(str(error))

    async def snapshot(self, *, whole: bool = False) -> MassStatus:
        """Ask for open orders, fills since our cursor, balances, positions."""
        status = await self._reader.place.shown(self._shown, whole=whole)
        if status.began_anew and self._socket is not None:
            await self._socket.close()  # it was asked for numbers that are no more
        return status

    def resume(self, epoch: str, cursor: int) -> None:
        """Set the recorded place from which events are read."""
        self._reader.place.start(epoch, cursor)

    async def events(self) -> AsyncIterator[VenueEvent]:
        """Yield events until canceled; books met on the way are kept for `books`."""
        pause_s, ceiling_s = RECONNECT_S
        while True:
            try:
                place = self._reader.place
                place.connected()
                async with self._http().ws_connect(
                    f"{self._url}/ws",
                    params={"cursor": str(place.cursor), "epoch": place.epoch or ""},
                    max_msg_size=MESSAGE_MAX,
                    heartbeat=20.0,
                ) as socket:
                    self._socket = socket
                    yield LinkChanged(venue=self.id, state="live")
                    async for message in socket:
                        if message.type is not aiohttp.WSMsgType.TEXT:
                            break
                        heard = self._reader.heard(message.data.encode())
                        if readable(heard):
                            pause_s = RECONNECT_S[0]
                        if isinstance(heard, BookView):
                            self._book = heard
                            self._book_new.set()
                            continue
                        for event in heard:
                            yield event
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass  # said below: the link is down, and we try again
            self._socket = None
            yield LinkChanged(venue=self.id, state="disconnected")
            await asyncio.sleep(pause_s * self._rng.uniform(0.5, 1.0))
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
            trace = aiohttp.TraceConfig()
            trace.on_request_redirect.append(_refuse_redirect)  # ws_connect has no switch for it
            self._session = aiohttp.ClientSession(timeout=REQUEST_TIMEOUT, trace_configs=[trace])
        return self._session

    async def _shown(self, cursor: int) -> MassStatus:
        """Ask for a snapshot with the fills after a cursor of the epoch that we know."""
        query = {"account": self._account, "cursor": str(cursor)}
        query["epoch"] = self._reader.place.epoch or ""
        answer = await self._request("GET", f"/snapshot?{urlencode(query)}")
        return answers.shown(self._reader, answer)

    async def _request(self, method: str, path: str, body: dict[str, Any] | None = None) -> Answer:
        """Send one request; UnreachableError if there is no answer: it may have arrived."""
        url = f"{self._url}{path}"
        try:
            async with self._http().request(
                method, url, json=body, allow_redirects=False
            ) as response:
                return Answer(response.status, response.content_type, await _whole(response))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise UnreachableError(
                f"venue {self.id} did not answer: {type(error).__name__}",
                expected="an answer in 5 s",
                do="nothing: the venue is asked for the order's status",
            ) from error


async def _refuse_redirect(*_: object) -> None:
    """Raise ClientError: another address is not the venue that was set up."""
    raise aiohttp.ClientError("a redirect")


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer to its end; UnreachableError if it is too long to be one."""
    data = b""
    async for chunk in response.content.iter_any():
        data += chunk
        if len(data) > ANSWER_MAX:
            raise UnreachableError(
                f"an answer of more than {ANSWER_MAX} bytes",
                expected=f"at most {ANSWER_MAX} bytes",
                do="ask the venue why its answer is so long",
            )
    return data
