"""Market data and market time: the newest published books, and a tick each market second."""

import asyncio
from collections.abc import Callable

from edgenode.core.observations import Tick
from edgenode.core.seen import Seen
from edgenode.core.sync.signed_time import Trusted
from edgenode.model.ids import InstrumentId, VenueId
from edgenode.model.venue import BookView
from edgenode.ports.clock import Clock
from edgenode.ports.venue import Venue
from edgenode.services.recorder import Recorder

SECOND_NS = 1_000_000_000


class MarketBoard:
    """The newest book of each venue; a decision sees it through a frozen `Seen`."""

    def __init__(self) -> None:
        self.books: dict[tuple[VenueId, InstrumentId], BookView] = {}
        self.seen = Seen(self.books)
        self.listeners: list[Callable[[BookView], None]] = []

    async def follow(self, venue: Venue) -> None:
        """Keep a venue's newest book, for ever; older ones are dropped unseen."""
        async for book in venue.books():
            self.books[book.venue, book.instrument] = book
            for listener in self.listeners:
                listener(book)


class Ticker:
    """One `Tick` per market second; when behind, the missed ones are skipped."""

    def __init__(
        self,
        recorder: Recorder,
        market: Clock,
        trusted: Callable[[], Trusted | None],
        *,
        seconds_per_wall_s: float,
    ) -> None:
        self._recorder = recorder
        self._market = market
        self._trusted = trusted
        self._speed = seconds_per_wall_s
        self.ticks = 0

    async def run(self) -> None:
        """Tick for ever. Ends with the error of a step that could not be stored."""
        while True:
            now = self._market.now_ns()
            wait_ns = SECOND_NS - now % SECOND_NS
            await asyncio.sleep(wait_ns / SECOND_NS / self._speed)
            await self._recorder.take(Tick(self._trusted()))
            self.ticks += 1
