"""The children of a programme for one slice: venue, size and price of each.

Every child is tried before the gate first, so that none is sent that cannot pass:

    the gate says            the child
    -----------------------  ---------------------------------------------------------------
    yes                      goes out
    yes to less              goes out with the most that passes, the rest is carried
    no                       its lots go to the other venues
    no at every venue        goes out and is denied, at most twice for one cause: the denial is
                             recorded, and from then on the lots are carried until it passes
    only an approval lacks   goes out and is denied where no plan waits: so a plan is proposed

A venue that left one child after another unanswered is an alarm, and gets the smallest order.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from edgenode.core.estimate.venues import hedges
from edgenode.core.gate import approvals, gate
from edgenode.core.hedge.routing import Leg, VenueBook, route
from edgenode.core.restrictions import stress
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.programmes import ALARM_TIMES, Programme, cause_of
from edgenode.model.facts import Instrument, OverlayVenue, Policy, Reason
from edgenode.model.ids import DESK_OVERLAY, VenueId
from edgenode.model.money import div_up
from edgenode.model.orders import OrderIntent, OrderKey, OrderState, Side, sign
from edgenode.model.venue import BookView

PPM = 1_000_000


class Children(NamedTuple):
    """Orders to ask for, the counter after their names, and why lots stay behind."""

    intents: tuple[OrderIntent, ...]
    counter: int
    reason: str


class Fit(NamedTuple):
    """What of a leg passes the gate: lots (0: none), the limit, the reasons against the rest."""

    leg: Leg
    lots: int
    price_ticks: int
    reasons: tuple[Reason, ...]


def fresh_books(
    seen: Seen, policy: Policy, instrument: Instrument, now_ns: int
) -> Iterator[tuple[OverlayVenue, BookView]]:
    """Yield the books of the overlay's venues that are young enough to act on."""
    for venue in policy.overlay_venues:
        book = seen.book(venue.venue, instrument.id)
        age_ms = seen.age_ms(venue.venue, instrument.id, now_ns)
        if book is not None and age_ms is not None and age_ms <= venue.age_ms_max:
            yield venue, book


@dataclass(frozen=True, slots=True)
class Sender:
    """Finds the children of one programme; reads, and changes nothing."""

    state: NodeState
    seen: Seen
    policy: Policy
    instrument: Instrument
    programme: Programme
    now_ns: int

    def children(self, lots: int, tried: frozenset[VenueId], *, ask: bool) -> Children:
        """Return the orders for signed `lots`, at venues that were not tried in this slice.

        Without `ask` only orders that pass the gate are returned.
        """
        side: Side = "buy" if lots > 0 else "sell"
        limit = self.limit(side)
        least = self.lots_min(limit)
        books = [book for book in self.books(side) if book.venue not in tried]
        if not lots or limit is None or abs(lots) < least or not books:
            return Children((), self.programme.counter, _missing(lots, limit, least))
        fits, denied = self._fits(side, abs(lots), limit, least, books)
        wanted = self._wanted(side, fits, denied, least) if ask else _passing(fits)
        against = (*denied, *(fit for fit in fits if fit.reasons))
        reason = self._reason(side, against[0]) if against else ""
        mute = self.programme.mute & {venue for venue, _, _ in wanted}
        if mute and not reason:
            reason = f"no answer from {', '.join(sorted(mute))}: the smallest order asks"
        if not wanted and not against:
            reason = "the venues display less than the smallest order"
        return self._named(side, wanted, reason)

    def lots_min(self, price_ticks: int | None) -> int:
        """Return the smallest order that a venue takes, by quantity and by worth."""
        instrument = self.instrument
        if price_ticks is None:
            return max(1, instrument.quantity_lots_min)
        worth = instrument.notional_minor(price_ticks, 1)
        return max(1, instrument.quantity_lots_min, -(-instrument.notional_minor_min // worth))

    def limit(self, side: Side) -> int | None:
        """Return the worst price of a child: the policy's collar away from the reference."""
        reference = self.seen.reference(self.policy, self.instrument.id, self.now_ns)
        if reference is None:
            return None
        distance = div_up(reference.ticks * self.policy.collar_ppm, PPM)
        return max(1, reference.ticks + sign(side) * distance)

    def books(self, side: Side) -> Iterator[VenueBook]:
        """Yield the venues' displayed levels that are young enough to act on."""
        for venue, book in fresh_books(self.seen, self.policy, self.instrument, self.now_ns):
            levels = book.asks if side == "buy" else book.bids
            missed = self._miss_ppm(venue.venue)
            yield VenueBook(venue.venue, levels, venue.fee_ppm, venue.stale_ppm + missed)

    def _miss_ppm(self, venue: VenueId) -> int:
        """Return what orders that do not execute there cost: venues that fill come first."""
        if self.seen.estimates is None:
            return 0
        went = hedges.rows(self.state.hedged, venue, self.instrument.id)
        return hedges.miss_ppm(went, self.seen.estimates.variance(self.instrument.id))

    def _fits(
        self, side: Side, lots: int, limit: int, least: int, books: list[VenueBook]
    ) -> tuple[list[Fit], list[Fit]]:
        """Return (legs of which something passes, legs of which nothing does)."""
        denied: list[Fit] = []
        while True:
            closed = {fit.leg.venue for fit in denied}
            left = [book for book in books if book.venue not in closed]
            legs = route(side, lots, self._answering(left, least), least)
            fits = [self._fit(side, leg, limit, least) for leg in legs]
            none = [fit for fit in fits if not fit.lots]
            if not none:
                return fits, denied
            denied += none

    def _answering(self, books: list[VenueBook], least: int) -> list[VenueBook]:
        """Leave out venues that owe an answer, or that a trigger stops, where others are left.

        If there is no other venue, an UNKNOWN order still blocks only its own worst case. But one
        that left one child after another unanswered gets the smallest order until it answers.
        """
        orders = self.state.orders.at_venues()
        silent = {o.gated.venue for o in orders if o.state is OrderState.UNKNOWN}
        left = [book for book in books if book.venue not in silent] or books
        name = self.instrument.id
        left = [one for one in left if not stress.stops(self.state, one.venue, name)] or left
        mute = self.programme.mute
        return [_cut(book, least) if book.venue in mute else book for book in left]

    def _fit(self, side: Side, leg: Leg, limit: int, least: int) -> Fit:
        """Return the most of a leg that the gate lets pass."""
        reasons = self._judged(side, leg.venue, leg.lots, limit)
        if reasons and approvals.only_lacks(reasons):
            limit = self._planned_limit(side, leg, limit)
            reasons = self._judged(side, leg.venue, leg.lots, limit)
        if not reasons:
            return Fit(leg, leg.lots, limit, ())
        if self._judged(side, leg.venue, least, limit):
            return Fit(leg, 0, limit, reasons)
        passes, fails = least, leg.lots
        while fails - passes > 1:
            middle = (passes + fails) // 2
            if self._judged(side, leg.venue, middle, limit):
                fails = middle
            else:
                passes = middle
        return Fit(leg, passes, limit, reasons)

    def _planned_limit(self, side: Side, leg: Leg, limit: int) -> int:
        """Return the worst price of an approved plan, where the displayed one is within it."""
        plan = approvals.approved_plan(self.state, self.instrument.id, side, self.now_ns)
        if plan is None:
            return limit
        worst, direction = plan.proposed.worst_ticks, sign(side)
        within = direction * (leg.worst_price_ticks - worst) <= 0 < direction * (limit - worst)
        return worst if within else limit

    def _judged(self, side: Side, venue: VenueId, lots: int, price: int) -> tuple[Reason, ...]:
        intent = self._intent(self.programme.counter + 1, side, venue, lots, price)
        return gate.judge(self.state, self.seen, intent, self.now_ns).reasons

    def _wanted(
        self, side: Side, fits: list[Fit], denied: list[Fit], least: int
    ) -> list[tuple[VenueId, int, int]]:
        """Return (venue, lots, limit) of each child, also of one that the gate will deny."""
        rest = [
            (fit.leg.venue, fit.leg.lots - fit.lots, fit.price_ticks)
            for fit in fits
            if fit.leg.lots - fit.lots >= least and approvals.only_lacks(fit.reasons)
        ]
        if rest and self._waiting(side) is None:
            return [*_passing(fits), *rest]
        if not fits and denied and self._is_news(side, denied[0].reasons):
            return [(denied[0].leg.venue, denied[0].leg.lots, denied[0].price_ticks)]
        return _passing(fits)

    def _reason(self, side: Side, fit: Fit) -> str:
        """Return why lots of a leg stay behind."""
        plan_id = self._waiting(side) if approvals.only_lacks(fit.reasons) else None
        if plan_id is not None:
            return f"waits for an answer to {plan_id}"
        return f"denied at {fit.leg.venue}: {', '.join(dict.fromkeys(map(cause_of, fit.reasons)))}"

    def _waiting(self, side: Side) -> str | None:
        return approvals.waiting(self.state, self.instrument.id, side, self.now_ns)

    def _is_news(self, side: Side, reasons: tuple[Reason, ...]) -> bool:
        """Return whether a denial for these reasons is worth recording."""
        if approvals.only_lacks(reasons):
            return self._waiting(side) is None
        denied = self.programme.denied
        causes = map(cause_of, reasons)
        return any(c not in denied or denied[c].times < ALARM_TIMES for c in causes)

    def _named(self, side: Side, wanted: list[tuple[VenueId, int, int]], reason: str) -> Children:
        """Name each child by the next number that no order of the account has."""
        counter, intents = self.programme.counter, []
        for venue, lots, price in wanted:
            counter += 1
            while self.state.orders.named(self._key(counter)) is not None:
                counter += 1
            intents.append(self._intent(counter, side, venue, lots, price))
        return Children(tuple(intents), counter, reason)

    def _key(self, number: int) -> OrderKey:
        return OrderKey(DESK_OVERLAY, self.programme.child(number))

    def _intent(
        self, number: int, side: Side, venue: VenueId, lots: int, price: int
    ) -> OrderIntent:
        """Return one immediate-or-cancel order."""
        return OrderIntent(
            client_order_id=self.programme.child(number),
            account=DESK_OVERLAY,
            venue=venue,
            instrument=self.instrument.id,
            side=side,
            quantity_lots=lots,
            price_ticks=price,
            time_in_force="ioc",
            event_id=self.state.limits.event_at(self.now_ns),
        )


def _missing(lots: int, limit: int | None, least: int) -> str:
    """Return what is missing before any venue is looked at."""
    if not lots:
        return ""
    if limit is None:
        return "no fresh reference price"
    if abs(lots) < least:
        return "below the smallest order"
    return "no venue with a fresh book is left in this slice"


def _cut(book: VenueBook, lots: int) -> VenueBook:
    """Return a book that displays no more than these lots."""
    levels, left = [], lots
    for price, size in book.levels:
        if left > 0:
            levels.append((price, min(size, left)))
            left -= size
    return replace(book, levels=tuple(levels))


def _passing(fits: list[Fit]) -> list[tuple[VenueId, int, int]]:
    return [(fit.leg.venue, fit.lots, fit.price_ticks) for fit in fits]
