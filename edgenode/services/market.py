"""Market data and market time: the newest published books, and a tick each market second."""

import asyncio
from collections import deque
from collections.abc import Callable

import structlog

from edgenode.core.estimate.market import Estimates, Told
from edgenode.core.observations import Tick
from edgenode.core.seen import Heard, Seen, reference_age_ms
from edgenode.core.state.rules import Rules
from edgenode.core.sync.signed_time import Trusted
from edgenode.model.errors import UnreachableError
from edgenode.model.facts import FillRecorded, Policy
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE, InstrumentId, VenueId
from edgenode.model.orders import sign
from edgenode.model.signals import STEP_S, Bar, SourceId, name_of
from edgenode.model.venue import BookView
from edgenode.ports.bars import BarStore
from edgenode.ports.clock import Clock
from edgenode.ports.venue import Venue
from edgenode.services.recorder import Recorder

log = structlog.get_logger()
SECOND_NS = 1_000_000_000
PRICES_S, FLOW_S = 7_200, 86_400  # that are looked at: 12 and 24 half-lives
BASIS_S = 2 * 86_400  # likewise: 2 half-lives
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

    def watched(self, policy: Policy, book: BookView) -> None:
        """Watch bases by a book that could be traded on, or be the reference."""
        now_ns, name, venue = self._market.now_ns(), book.instrument, book.venue
        watch = self.estimates.watch
        if venue == policy.reference_venue:
            if reference_age_ms(book, policy, now_ns) is not None:
                watch.saw_reference(name, now_ns, book.mid_ticks)
            return
        limits = [v.age_ms_max for v in policy.overlay_venues if v.venue == venue]
        age_ms = self.seen.age_ms(venue, name, now_ns)
        young = age_ms is not None and any(age_ms <= limit for limit in limits)
        if young and book.bids and book.asks:
            watch.saw_venue(name, venue, now_ns, book.mid_ticks)

    def map(self, book: BookView, policy: Policy) -> None:
        """Learn what a venue's books are like."""
        now_ns = self._market.now_ns()
        reference = self.seen.reference(policy, book.instrument, now_ns)
        ticks = reference.ticks if reference and reference.venue != book.venue else None
        self.estimates.books.saw(book, now_ns, ticks)

    async def warm(self, store: BarStore, rules: Rules) -> None:
        """Estimate by the bars of the last hours, where the store has them."""
        policy, now_ns = rules.policy, self._market.now_ns()
        now_s = now_ns // SECOND_NS
        for name, instrument in rules.instruments.items() if policy is not None else ():
            assert policy is not None
            mids = await _bars(store, name_of(policy.reference_venue, name), now_s, PRICES_S)
            tick = 10.0**-instrument.price_decimals
            if closes := _told(mids, "close_ticks", tick):
                self.estimates.warm(name, closes)
            nets = await _bars(store, name_of(LOCAL_VENUE, name), now_s, FLOW_S)
            lot = 10.0**-instrument.quantity_decimals
            start = (policy.flow_lots_start * lot) ** 2
            self.estimates.warm_flow(name, _told(nets, "net_lots", lot), now_ns, start)
            await self._warm_bases(store, policy, name, now_s)

    async def _warm_bases(
        self, store: BarStore, policy: Policy, name: InstrumentId, now_s: int
    ) -> None:
        """Know what bases were like by the minutes of which both bars are kept."""
        reference = policy.reference_venue
        mids = await _closes(store, name_of(reference, name), now_s)
        for one in policy.overlay_venues:
            if one.venue in (LOCAL_VENUE, reference):
                continue
            here = await _closes(store, name_of(one.venue, name), now_s)
            both = [(at, here[at], mids[at]) for at in sorted(here.keys() & mids.keys())]
            if both:
                self.estimates.watch.warm(name, one.venue, both)

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


async def _bars(store: BarStore, source: SourceId, now_s: int, back_s: int) -> list[Bar]:
    """Return the bars of the last so many seconds; none where the store fails.

    A bar of a later time is of a clock that was set back since: it tells nothing.
    """
    try:
        bars = await store.bars(source, now_s - back_s, back_s // STEP_S + 1)
        return [bar for bar in bars if bar.begins_s + STEP_S <= now_s]
    except UnreachableError as error:
        log.warning("estimates_not_warmed", source=source, found=error.found)
        return []


async def _closes(store: BarStore, source: SourceId, now_s: int) -> dict[int, int]:
    """Return the last mid (ticks) of each minute (ns) that is kept."""
    bars = await _bars(store, source, now_s, BASIS_S)
    return {b.begins_s * SECOND_NS: b.close_ticks for b in bars if b.close_ticks is not None}


def _told(bars: list[Bar], figure: str, unit: float) -> list[Told]:
    found = [(bar.begins_s * SECOND_NS, getattr(bar, figure)) for bar in bars]
    return [Told(at_ns, count * unit) for at_ns, count in found if count is not None]


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
