"""What a decision may look at besides the state: market data, no part of state or digest.

What a decision used of it is copied into its entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from edgenode.core.estimate.market import Estimates
from edgenode.core.state.memo import Memo
from edgenode.model.facts import OrderDone, OrderGated, Policy, RecalledFill
from edgenode.model.ids import InstrumentId, OrderId, VenueId
from edgenode.model.venue import BookView

_MS = 1_000_000
AHEAD_NS_MAX = 1_000_000_000


NUMBER_END = 1 << 53  # what JSON carries exactly; a price beyond it is no price


class Reference(NamedTuple):
    """A reference price with its age (market time) and the venue that it came from."""

    ticks: int
    age_ms: int
    venue: VenueId | None  # None: policy's static one

    @property
    def source(self) -> str:
        """Return where it came from, as an entry names it."""
        return "paper-static" if self.venue is None else f"venue:{self.venue}"


class Left(NamedTuple):
    """An order that has left the state, and its newest end; None if that is not found."""

    gated: OrderGated
    done: OrderDone | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What an observation names that has left the state (core/past looks it up).

    `left` holds the order that is named, and each order that an execution that is named was told
    of: whoever judges an order asks for that one.
    """

    name_taken: bool = False  # the submitter used this id before
    left: Mapping[OrderId, Left] = field(default_factory=dict)
    fills: tuple[RecalledFill, ...] = ()  # under each id that was named

    def order(self, order_id: OrderId) -> OrderGated | None:
        """Return an order that has left the state, None if it is not found."""
        found = self.left.get(order_id)
        return found.gated if found else None

    def done(self, order_id: OrderId) -> OrderDone | None:
        """Return how that order ended."""
        found = self.left.get(order_id)
        return found.done if found else None

    @property
    def fill(self) -> RecalledFill | None:
        """Return the execution found under the one id that was named."""
        return self.fills[0] if self.fills else None


NO_PAST = Past()


class Heard(NamedTuple):
    """When the newest other book of a venue and instrument arrived, in market time."""

    received_ns: int
    gap_ns: int = 0  # the longer of the last two waits between such books; 0 if there were none


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest published book of each venue and instrument, and what was looked up.

    `heard` says when books arrived; a replay that does not know that has none. `memo` is
    what was worked out of the rules so far: nothing is decided otherwise without it. `estimates`
    propose, where there are any.
    """

    books: Mapping[tuple[VenueId, InstrumentId], BookView] = field(default_factory=dict)
    past: Past = NO_PAST
    heard: Mapping[tuple[VenueId, InstrumentId], Heard] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo, repr=False, compare=False)
    estimates: Estimates | None = field(default=None, repr=False, compare=False)

    def book(self, venue: VenueId, instrument: InstrumentId) -> BookView | None:
        """Return the newest published book; None if its price cannot be one."""
        book = self.books.get((venue, instrument))
        return book if book is not None and 0 < book.mid_ticks < NUMBER_END else None

    def age_ms(self, venue: VenueId, instrument: InstrumentId, now_ns: int) -> int | None:
        """Return the age of the newest book; None if there is none, or its date cannot be.

        A venue's clock may be ahead of ours by a second: such a book is new. One that is dated
        later than that would never become stale, so it counts as none.
        """
        book = self.books.get((venue, instrument))
        if book is None or not 0 < book.mid_ticks < NUMBER_END:
            return None
        return _age_ms(book, now_ns)

    def reference(self, policy: Policy, instrument: InstrumentId, now_ns: int) -> Reference | None:
        """Return the reference price that policy names, None if there is none or it is stale."""
        book = self.books.get((policy.reference_venue, instrument))
        if book is not None:
            age_ms = reference_age_ms(book, policy, now_ns)
            if age_ms is not None:
                return Reference(book.mid_ticks, age_ms, book.venue)
        if policy.static_reference_ticks is not None:
            return Reference(policy.static_reference_ticks, 0, None)
        return None


def reference_age_ms(book: BookView, policy: Policy, now_ns: int) -> int | None:
    """Return the age of a book whose mid can be a reference price, None if it cannot.

    It has both sides and a price, is not dated ahead, and is no older than policy allows.
    """
    if not (book.bids and book.asks and 0 < book.mid_ticks < NUMBER_END):
        return None
    age_ms = _age_ms(book, now_ns)
    return age_ms if age_ms is not None and age_ms <= policy.reference_age_ms_max else None


def _age_ms(book: BookView, now_ns: int) -> int | None:
    age_ns = now_ns - book.published_ns
    if age_ns < 0:
        return 0 if age_ns >= -AHEAD_NS_MAX else None
    return age_ns // _MS


def strange(book: BookView) -> str:
    """Return what of a published book cannot be, "" if all of it can.

    A book that passes is uncrossed, its levels go from the best to the worst, and its mid lies
    within them. It may lack a side: then it is no reference (`one_sided`).
    """
    if not 0 < book.mid_ticks < NUMBER_END:
        return f"a mid that is no price: {book.mid_ticks.bit_length()} bits"
    for ticks, lots in (*book.bids, *book.asks):
        if not (0 < ticks < NUMBER_END and 0 < lots < NUMBER_END):
            return "a level that is no price and quantity"
    if not (0 <= book.published_ns < 1 << 63 and 0 <= book.volume_lots < NUMBER_END):
        return "a time or volume that cannot be"
    return _strange_prices(book)


def _strange_prices(book: BookView) -> str:
    bids, asks = [ticks for ticks, _ in book.bids], [ticks for ticks, _ in book.asks]
    if any(a < b for a, b in pairwise(bids)) or any(a > b for a, b in pairwise(asks)):
        return "levels that do not go from the best to the worst"
    bid, ask = bids[0] if bids else 1, asks[0] if asks else NUMBER_END
    if bid > ask:
        return f"a bid of {bid} above an ask of {ask} ticks"
    if not bid <= book.mid_ticks <= ask:
        return f"a mid of {book.mid_ticks} ticks outside its own levels"
    return ""


def one_sided(book: BookView) -> str:
    """Return the side that a book lacks, "" if it has both: without both it has no mid."""
    if not book.bids and not book.asks:
        return "bids and no asks"
    return "" if book.bids and book.asks else "asks" if book.bids else "bids"


NOTHING_SEEN = Seen()
