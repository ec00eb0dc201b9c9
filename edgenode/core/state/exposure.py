"""Exposure as an interval, and what a further order would do to it.

Signed lots per instrument. E = `desk:book` and what it may still execute, and every fill in
`desk:suspense` as [0, fill]; O = `desk:overlay` likewise; M = the mandate; net = E + M + O. A
disputed execution widens its account's interval to all that its contents allow, and a venue's
count of an ended order to what is missing or too much. The target of hedges is -(E + M), taken
from E's agreed end: no open item is counted, and of what is in doubt that which leaves least of E.
"""

from typing import NamedTuple

from edgenode.core.state.doubts import missing
from edgenode.core.state.execution import Span
from edgenode.core.state.fills import Fills
from edgenode.core.state.mandates import Mandates
from edgenode.core.state.orders import Orders
from edgenode.core.state.positions import Positions
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY, DESK_SUSPENSE, AccountId, InstrumentId
from edgenode.model.orders import Side, sign

CERTAIN: Span = (0, 0)


class Interval(NamedTuple):
    """All values from `low` to `high` lots, both included."""

    low: int
    high: int

    @property
    def worst(self) -> int:
        """Return the largest absolute value."""
        low, high = self
        if low < 0:
            low = -low
        if high < 0:
            high = -high
        return low if low > high else high  # noqa: FURB136  a call is felt here

    def nearest_zero(self) -> int:
        """Return the member nearest zero."""
        return max(self.low, min(0, self.high)) if self.low <= self.high else 0


class Exposure(NamedTuple):
    """What is exposed, what is promised, what is hedged; in lots of one instrument."""

    agreed: int  # E without open items, and at most what all versions of it agree on
    book: Interval  # E
    mandate: int  # M
    overlay_agreed: int
    overlay: Interval  # O
    book_doubt: Span = CERTAIN  # how much of E's interval is in doubt, and of O's
    overlay_doubt: Span = CERTAIN

    @property
    def net(self) -> Interval:
        """Return E + M + O over all outcomes of what is open."""
        _, (low, high), mandate, _, (more_low, more_high), _, _ = self
        return Interval(low + more_low + mandate, high + more_high + mandate)

    @property
    def net_agreed(self) -> int:
        """Return E + M + O of what is certain."""
        return self.agreed + self.mandate + self.overlay_agreed

    @property
    def target(self) -> int:
        """Return the overlay position that leaves nothing exposed."""
        return -(self.agreed + self.mandate)

    def allowed_change(self, *, given_up_buys: int = 0, given_up_sells: int = 0) -> int:
        """Return the overlay change nearest zero that reaches the target in the worst case.

        Lots of UNKNOWN orders that policy allows to hedge elsewhere are given up: they count as
        not executed. Should they execute all the same, the excess is worked off.
        """
        low = self.overlay.low + given_up_sells
        high = self.overlay.high - given_up_buys
        return Interval(self.target - high, self.target - low).nearest_zero()

    def without(self, *, buys: int, sells: int) -> "Exposure":
        """Return it as if these open lots of `desk:book` were not open."""
        return self._replace(book=Interval(self.book.low + sells, self.book.high - buys))

    def least_room(self, side: Side, beside: int) -> tuple[Interval, int]:
        """Return what the bound on a hedge of this side is held against: what is held, and |E|.

        `beside` are the lots of the tier besides the overlay. Of what is in doubt, that is taken
        as true which leaves the hedge the least room.
        """
        (low, high), (under, over) = self.overlay, self.overlay_doubt
        end = over if side == "buy" else under
        held = Interval(low - under + end + beside, high - over + end + beside)
        if self.book_doubt == CERTAIN:
            return held, self.book.worst
        under, over = self.book_doubt
        low, high = self.book.low - under, self.book.high - over
        centred = -(low + high) // 2
        truths = {min(max(under, away), over) for away in (centred, centred + 1)}
        return held, min(Interval(low + away, high + away).worst for away in truths)


def of(
    instrument: InstrumentId,
    positions: Positions,
    fills: Fills,
    orders: Orders,
    mandates: Mandates,
) -> Exposure:
    """Read the exposure of one instrument from the state's parts; O(1)."""
    agreed, overlay, bought, sold, _, _ = positions.desk(None, instrument)
    book_buys, book_sells, buys, sells = orders.desk_lots(instrument)
    book = Interval(agreed - sold - book_sells, agreed + bought + book_buys)
    held, mandate = Interval(overlay - sells, overlay + buys), mandates.lots(instrument)
    if not (fills.disputed or orders.counted):
        return Exposure(agreed, book, mandate, overlay, held)
    mine = in_doubt(fills, orders, DESK_BOOK, instrument)
    of_book = _sum(mine, in_doubt(fills, orders, DESK_SUSPENSE, instrument))
    of_overlay = in_doubt(fills, orders, DESK_OVERLAY, instrument)
    return Exposure(
        Interval(*_sum((agreed, agreed), mine)).nearest_zero(),
        Interval(*_sum(book, of_book)),
        mandate,
        overlay,
        Interval(*_sum(held, of_overlay)),
        of_book,
        of_overlay,
    )


def _sum(one: Span, other: Span) -> Span:
    return one[0] + other[0], one[1] + other[1]


def use_of(
    positions: Positions,
    fills: Fills,
    orders: Orders,
    account: AccountId,
    instrument: InstrumentId,
    side: Side,
) -> int:
    """Return the lots that an account may come to hold on one side; negative on the other one.

    Open orders of the side count as filled, what is disputed at its worse end. Position grants
    are held against this, at zero and above.
    """
    used = sign(side) * positions.net(account, instrument)
    used += orders.open_lots(account, instrument, side)
    if fills.disputed or orders.counted:
        low, high = in_doubt(fills, orders, account, instrument)
        used += high if side == "buy" else -low
    return used


def in_doubt(fills: Fills, orders: Orders, account: AccountId, instrument: InstrumentId) -> Span:
    """Return how far an account's lots may lie from the booked ones: disputed, or counted."""
    low, high = fills.span(account, instrument)
    for count, (under, over), _ in missing(orders):
        if (count.account, count.instrument) == (account, instrument):
            low, high = low + under, high + over
    return low, high


def reduces(low: int, high: int, signed_lots: int) -> bool:
    """Return whether an order is risk-reducing beside a net from `low` to `high`.

    The worst case of |net| over all outcomes must not grow, and a change of sign does not reduce:
    so all outcomes stay on their side of zero once all of the order has executed.
    """
    if signed_lots > 0:
        return high + signed_lots <= 0
    return signed_lots == 0 or low + signed_lots >= 0


def with_order(net: Interval, signed_lots: int) -> Interval:
    """Widen an interval by an order that may execute any part of itself."""
    low, high = net
    if signed_lots > 0:
        return Interval(low, high + signed_lots)
    return Interval(low + signed_lots, high)


def bound(hedged_now: Interval, exposure_worst: int, band: int, one_slice: int, over: int) -> int:
    """Return the most lots that both tiers may hold together: the one bound used everywhere."""
    return max(hedged_now.worst, exposure_worst + band + one_slice + over)
