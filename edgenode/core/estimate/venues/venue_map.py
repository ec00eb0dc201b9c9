"""The map of one box: what is known of each venue and instrument, and what the router adds for it.

An order that does not execute waits a slice, and most likely because prices moved away from it:
what is expected to be lost is (1 - fill ratio) x the mean move of a slice, sqrt(2 / pi) x sigma
for a normal one.
"""

import math
from dataclasses import dataclass, field

from edgenode.core.estimate.venues import curve
from edgenode.core.estimate.venues.books import VenueBooks
from edgenode.core.estimate.venues.children import Children
from edgenode.model.facts import Fact
from edgenode.model.ids import InstrumentId, VenueId
from edgenode.model.venue import BookView

SLICE_S, MINUTE_S = 5, 60
PPM = 1_000_000
MISS_PPM_MAX = 5_000
KEYS_MAX = 256
MEAN_MOVE = math.sqrt(2 / math.pi)
Key = tuple[VenueId, InstrumentId]


@dataclass(slots=True)
class VenueMap:
    """Everything that is known of venues; bounded."""

    children: Children = field(default_factory=Children)
    books: dict[Key, VenueBooks] = field(default_factory=dict)

    def take(self, fact: Fact) -> None:
        """Take what was recorded."""
        self.children.take(fact)

    def saw(self, book: BookView, received_ns: int, reference_ticks: int | None) -> None:
        """Take a published book as it arrived, with the reference of then."""
        key = book.venue, book.instrument
        if key not in self.books and len(self.books) >= KEYS_MAX:
            return
        held = self.books.setdefault(key, VenueBooks())
        held.take(book, received_ns, reference_ticks)

    def miss_ppm(self, venue: VenueId, instrument: InstrumentId, variance: float | None) -> int:
        """Return what not being executed costs at a venue, of the price.

        `variance` is the mean square of one-minute returns; unknown, it costs nothing.
        """
        missed = 1 - self.children.fill_ratio(venue, instrument)
        if not variance or missed <= 0:
            return 0
        move = MEAN_MOVE * math.sqrt(variance * SLICE_S / MINUTE_S)
        return min(MISS_PPM_MAX, round(missed * move * PPM))

    def cost_bp(self, venue: VenueId, instrument: InstrumentId, lots: int) -> float | None:
        """Return the shortfall that an order of this size is expected to have at a venue."""
        own = self.children.points(venue, instrument)
        return curve.shrunk(own, self.children.all_points(instrument), lots)
