"""Reference prices for the core hedge: the newest published mid of each feed, while it is young.

    a feed's newest book                              its price
    ------------------------------------------------  ------------------------------------------
    none yet; too old; dated ahead; without a side    None: nothing is issued or worked
    of another instrument than it is asked for        None
    young                                             its mid

An age counts in market time from the receipt of the newest other book, as on a box
(core/restrictions/stale). The last price of a feed that fell silent is never used again.
"""

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from edgenode.core.restrictions.stale import fault
from edgenode.model.ids import InstrumentId, VenueId
from edgenode.model.venue import BookView, Unreadable
from edgenode.ports.clock import Clock
from edgenode.ports.venue import Venue
from edgenode.services.market import MarketBoard

AGE_MS_MAX = 30_000
MS_NS = 1_000_000
NOT_SERVED = "no centre runs: nobody listens to a feed"


class Price(NamedTuple):
    """What a feed says of an instrument: `ticks` is None while `problem` says why."""

    ticks: int | None
    age_ms: int | None = None  # since its newest other book arrived
    age_ms_max: int | None = None
    problem: str = ""


class Prices(Protocol):
    """The feeds of the configuration: each with its instrument, and what it says now."""

    instruments: Mapping[str, InstrumentId]

    def price(self, feed: str, instrument: InstrumentId) -> Price:
        """Return what a feed says of an instrument now."""
        ...

    def marks(self) -> dict[InstrumentId, int]:
        """Return a price for each instrument that a feed has a live one of."""
        ...


class NamedFeeds:
    """Feeds by name alone: the folder is open, and no centre serves it."""

    def __init__(self, instruments: Mapping[str, InstrumentId] | None = None) -> None:
        self.instruments = instruments or {}

    def price(self, _: str, __: InstrumentId) -> Price:
        """Return no price."""
        return Price(None, problem=NOT_SERVED)

    def marks(self) -> dict[InstrumentId, int]:
        """Return no price."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed: the venue that is looked at, for one instrument, and how old a book may be."""

    venue: Venue
    instrument: InstrumentId
    age_ms_max: int = AGE_MS_MAX


class Feeds:
    """Follows venues that the centre only looks at."""

    def __init__(self, sources: Sequence[Source], market: Clock) -> None:
        self._sources: Mapping[str, Source] = {one.venue.id: one for one in sources}
        self.instruments: Mapping[str, InstrumentId] = {
            feed: source.instrument for feed, source in self._sources.items()
        }
        self._market = market
        self._board = MarketBoard(market)
        self._unread: dict[str, str] = {}  # what could not be read since the newest book

    def parts(self) -> list[Coroutine[Any, Any, None]]:
        """Return what must run for the feeds to live."""
        venues = [source.venue for source in self._sources.values()]
        self._board.listeners.append(self._read)
        follow = [self._board.follow(venue) for venue in venues]
        return follow + [self._listen(venue) for venue in venues]

    def price(self, feed: str, instrument: InstrumentId) -> Price:
        """Return what a feed says of an instrument now."""
        source = self._sources.get(feed)
        if source is None:
            return Price(None, problem=f"feed {feed} is not in the configuration")
        if source.instrument != instrument:
            return Price(None, problem=f"feed {feed} quotes {source.instrument}")
        name, now_ns, seen = VenueId(feed), self._market.now_ns(), self._board.seen
        limit_ms = source.age_ms_max
        found = fault(seen, name, instrument, limit_ms, held=False, now_ns=now_ns)
        heard, book = seen.heard.get((name, instrument)), seen.book(name, instrument)
        age_ms = max(0, now_ns - heard.received_ns) // MS_NS if heard else None
        if found or book is None:
            unread = self._unread.get(feed)
            problem = f"{found}: it sends {unread}" if unread else found
            return Price(None, age_ms, limit_ms, problem)
        return Price(book.mid_ticks, age_ms, limit_ms)

    def marks(self) -> dict[InstrumentId, int]:
        """Return a price for each instrument that a feed has a live one of."""
        found = {}
        for feed, source in self._sources.items():
            price = self.price(feed, source.instrument)
            if price.ticks is not None:
                found[source.instrument] = price.ticks
        return found

    def _read(self, book: BookView) -> None:
        self._unread.pop(book.venue, None)

    async def _listen(self, venue: Venue) -> None:
        """Read events: books arrive on the same connection; the centre has no orders there."""
        async for event in venue.events():
            if isinstance(event, Unreadable):
                self._unread[venue.id] = event.detail
