"""Reference prices for the core hedge: the newest published mid of each feed."""

from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol

from edgenode.model.ids import InstrumentId
from edgenode.model.venue import BookView
from edgenode.ports.venue import Venue


class Prices(Protocol):
    """The feeds of the configuration: each with its instrument, and what it says now."""

    instruments: Mapping[str, InstrumentId]

    def mid(self, feed: str) -> int | None:
        """Return a feed's newest mid, None if it has none."""
        ...

    def marks(self) -> dict[InstrumentId, int]:
        """Return a price for each instrument that a feed quotes."""
        ...


class NamedFeeds:
    """Feeds by name alone: the folder is open, and no centre serves it."""

    def __init__(self, instruments: Mapping[str, InstrumentId] | None = None) -> None:
        self.instruments = instruments or {}

    def mid(self, _: str) -> int | None:
        """Return None: nobody listens to a feed."""
        return None

    def marks(self) -> dict[InstrumentId, int]:
        """Return no price."""
        return {}


class Feeds:
    """Follows venues that the centre only looks at."""

    def __init__(self, priced: Sequence[tuple[Venue, InstrumentId]]) -> None:
        self.instruments: Mapping[str, InstrumentId] = {venue.id: name for venue, name in priced}
        self._venues = [venue for venue, _ in priced]
        self._books: dict[str, BookView] = {}

    def parts(self) -> list[Coroutine[Any, Any, None]]:
        """Return what must run for the feeds to live."""
        follow = [self._follow(venue) for venue in self._venues]
        return follow + [self._listen(venue) for venue in self._venues]

    def mid(self, feed: str) -> int | None:
        """Return a feed's newest mid, None before the first."""
        book = self._books.get(feed)
        return book.mid_ticks if book else None

    def marks(self) -> dict[InstrumentId, int]:
        """Return a price for each instrument that a feed quotes."""
        return {book.instrument: book.mid_ticks for book in self._books.values()}

    async def _follow(self, venue: Venue) -> None:
        async for book in venue.books():
            self._books[venue.id] = book

    @staticmethod
    async def _listen(venue: Venue) -> None:
        async for _ in venue.events():
            pass  # books arrive on the same connection; the centre has no orders there
