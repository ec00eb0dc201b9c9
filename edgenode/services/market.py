"""Market data and market time: the newest published books, and a tick each market second."""

import asyncio
from collections import deque
from collections.abc import Callable

from edgenode.core.estimate.market import Estimates
from edgenode.core.observations import Tick
from edgenode.core.seen import Heard, Seen
from edgenode.core.state.rules import Rules
from edgenode.core.sync.signed_time import Trusted
from edgenode.model.facts import FillRecorded
from edgenode.model.ids import DESK_BOOK, InstrumentId, VenueId
from edgenode.model.orders import sign
from edgenode.model.venue import BookView
from edgenode.ports.clock import Clock
from edgenode.ports.venue import Venue
from edgenode.services.recorder import Recorder

SECOND_NS = 1_000_000_000
WAITS_KEPT = 2  # between books: a venue that was silent is steady again after as many
Key = tuple[VenueId, InstrumentId]


class MarketBoard:
    """The newest book of each venue; a decision sees it through a frozen `Seen`."""

    def __init__(self, market: Clock) -> None:
        self.books: dict[Key, BookView] = {}
        self.heard: dict[Key, Heard] = {}
        self._waits: dict[Key, deque[int]] = {}
        self._market = market
        self.estimates = Estimates()
        self.seen = Seen(self.books, heard=self.heard, estimates=self.estimates)
        self.listeners: list[Callable[[BookView], None]] = []

    def traded(self, rules: Rules, fill: FillRecorded) -> None:
        """Estimate the flow by what the desk's book traded with customers."""
        policy, instrument = rules.policy, rules.instruments.get(fill.instrument)
        if fill.account != DESK_BOOK or policy is None or instrument is None:
            return
        lot = 10.0**-instrument.quantity_decimals
        quantity = sign(fill.side) * fill.quantity_lots * lot
        start = (policy.flow_lots_start * lot) ** 2
        self.estimates.traded(fill.instrument, self._market.now_ns(), quantity, start)

    async def follow(self, venue: Venue) -> None:
        """Keep a venue's newest book until canceled; older ones are dropped unseen."""
        async for book in venue.books():
            self._hear(book)
            for listener in self.listeners:
                listener(book)

    def _hear(self, book: BookView) -> None:
        """Keep a book, and when it came. The same book again is nothing new."""
        key = (book.venue, book.instrument)
        before, heard = self.books.get(key), self.heard.get(key)
        self.books[key] = book
        if before is not None and heard is not None:
            if before.published_ns == book.published_ns:
                return
            self._waits[key].append(self._market.now_ns() - heard.received_ns)
        waits = self._waits.setdefault(key, deque(maxlen=WAITS_KEPT))
        self.heard[key] = Heard(self._market.now_ns(), max(waits, default=0))


class Ticker:
    """One `Tick` per market second; when behind, the missed ones are skipped."""

    def __init__(
        self,
        recorder: Recorder,
        market: Clock,
        trusted: Callable[[], Trusted | None],
        *,
        seconds_per_wall_s: float,
        after: Callable[[], None] = lambda: None,
        took: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._recorder = recorder
        self._market = market
        self._trusted = trusted
        self._speed = seconds_per_wall_s
        self._after = after
        self._took = took  # hears of each time whose tick was taken
        self.ticks = 0

    async def run(self) -> None:
        """Run ticks until canceled. Ends with the error of a step that could not be stored."""
        while True:
            now = self._market.now_ns()
            wait_ns = SECOND_NS - now % SECOND_NS
            await asyncio.sleep(wait_ns / SECOND_NS / self._speed)
            begun_ns = self._market.now_ns()
            await self._recorder.take(Tick(self._trusted()))
            self._after()
            self._took(begun_ns)
            self.ticks += 1
