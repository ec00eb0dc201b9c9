"""Hedge room: the lots that the desk may still take on, because they could be hedged.

    room of a side = unhedged_max - worst |net| + what the overlay can still take the other way

and never below 0. `unhedged_max` is what policy lets the desk carry with no hedge. Net is told
without the desk's own quote, whose successor or taker uses the same room. What the overlay can
take is the least of what each of these leaves: the micro-event's spend cap, cost, cash and
position grants (room kept for unwinds is no part of it; a short keeps the cash that buys it
back), and at living venues the depth displayed
within the collar, balances and venue limits. It is 0 where policy has no overlay or no venue
lives. Lots that reduce |net| need no room.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from edgenode.core.risk import doubt, gross
from edgenode.core.seen import Seen
from edgenode.core.state import fx
from edgenode.core.state.exposure import Exposure, Interval
from edgenode.core.state.grants import NOTHING_FREED
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import quote_order_id
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Instrument, OverlayVenue, Policy
from edgenode.model.ids import DESK_OVERLAY, GrantId, InstrumentId, VenueId
from edgenode.model.money import div_up
from edgenode.model.orders import Side, opposite, sign

PPM = 1_000_000
ANY_AMOUNT = 1 << 62


class Room(NamedTuple):
    """Lots, and the name of what bounds them most."""

    lots: int
    least: str


def reducing(net: Interval, side: Side) -> int:
    """Return the lots on a side that make |net| no larger in any outcome."""
    return max(0, -net.high if side == "buy" else net.low)


def without_quote(state: NodeState, instrument: InstrumentId) -> Exposure:
    """Return an instrument's exposure as if the desk's quote were pulled."""
    buys, sells = state.orders.quote_lots(instrument)
    return state.exposure(instrument).without(buys=buys, sells=sells)


class Rooms:
    """The rooms of one instrument now; `exposure` is without the desk's quote.

    `freed` is what a quote returns of each grant whose place another takes, and `cash` what
    the other's bid takes of them.
    """

    __slots__ = (
        *("cash", "exposure", "freed", "instrument", "net", "now_ns", "policy", "seen", "state"),
    )

    def __init__(  # noqa: PLR0913, PLR0917  what room depends on
        self,
        state: NodeState,
        seen: Seen,
        policy: Policy,
        instrument: Instrument,
        exposure: Exposure,
        now_ns: int,
        freed: Mapping[GrantId, int] = NOTHING_FREED,
    ) -> None:
        self.state = state
        self.seen = seen
        self.policy = policy
        self.instrument = instrument
        self.exposure = exposure
        self.net = exposure.net
        self.now_ns = now_ns
        self.freed = freed
        self.cash = 0

    def of(self, side: Side) -> Room:
        """Return the room for `desk:book` to buy or sell."""
        can = self.overlay(opposite(side))
        carried = self.policy.unhedged_max - self.net.worst
        return Room(max(0, carried + can.lots), can.least)

    def admitted(self, side: Side, wanted: int) -> int:
        """Return how many lots `desk:book` may take: what reduces |net|, or the room.

        What the overlay can take is looked at only where `wanted` lots need it.
        """
        unhedged = self.policy.unhedged_max - self.net.worst
        if unhedged >= wanted:
            return unhedged
        carried = max(reducing(self.net, side), unhedged)
        return carried if carried >= wanted else max(carried, self.of(side).lots)

    def overlay(self, side: Side) -> Room:
        """Return the lots that the overlay can still buy or sell, and what leaves the fewest."""
        policy, instrument = self.policy, self.instrument
        if not (policy.overlay_enabled and policy.overlay_venues):
            return Room(0, "overlay")
        reference = self.seen.reference(policy, instrument.id, self.now_ns)
        rate = fx.rate(self.state.rules, policy, instrument.quote, self.now_ns)
        if reference is None or rate is None:
            return Room(0, "reference" if reference is None else "fx_rate")
        living = list(self._living())
        if not living:
            return Room(0, "venues")
        away = div_up(reference.ticks * policy.collar_ppm, PPM)
        limit = max(1, reference.ticks + sign(side) * away)
        notional = instrument.notional_minor(max(limit, reference.ticks), 1)
        fee = div_up(notional * max(venue.fee_ppm for venue in living), PPM)
        cost = rate.up(fee + instrument.notional_minor(abs(limit - reference.ticks), 1))
        cash = notional + fee
        if side == "sell":
            cash = instrument.notional_minor(limit, 1)
        cash = rate.up(cash)
        rows = (*self._at_venues(side, limit, living), *self._of_money(side, cost, cash))
        name, lots = min(rows, key=lambda row: row[1])
        return Room(max(0, lots), name)

    def _living(self) -> Iterator[OverlayVenue]:
        """Yield the venues with a fresh book at which nothing halts the overlay."""
        state, name, now_ns = self.state, self.instrument.id, self.now_ns
        for venue in self.policy.overlay_venues:
            age_ms = self.seen.age_ms(venue.venue, name, now_ns)
            young = age_ms is not None and age_ms <= venue.age_ms_max
            if young and not (state.restrictions.held and self._is_halted(venue.venue)):
                yield venue

    def _is_halted(self, venue: VenueId) -> bool:
        event_id = self.state.limits.event_at(self.now_ns)
        scopes = (f"venue:{venue}", f"instrument:{self.instrument.id}", f"event:{event_id}")
        restrictions = self.state.restrictions
        return restrictions.level(*scopes, f"account:{DESK_OVERLAY}") == "halted"

    def _at_venues(
        self, side: Side, limit: int, living: list[OverlayVenue]
    ) -> Iterator[tuple[str, int]]:
        """Yield what living venues display, can settle and may hold, all of them together."""
        depth = settled = held = 0
        instrument, direction = self.instrument, sign(side)
        for venue in living:
            book = self.seen.book(venue.venue, instrument.id)
            levels = () if book is None else book.asks if side == "buy" else book.bids
            shown = sum([lots for price, lots in levels if direction * (price - limit) <= 0])
            asset = instrument.quote if side == "buy" else instrument.id
            free = doubt.free(self.state, BalanceKey(DESK_OVERLAY, venue.venue, asset))
            if side == "buy":
                free //= _outlay(instrument, limit, venue.fee_ppm)
            can = min(shown, max(0, free))
            depth, settled = depth + shown, settled + can
            held += min(can, self._gross(venue))
        yield "depth", depth
        yield ("funds" if side == "buy" else "inventory"), settled
        yield "venue_gross", held

    def _gross(self, venue: OverlayVenue) -> int:
        """Return the lots that a venue's limit leaves; any number where it has none."""
        state, used = self.state, 0
        most = state.rules.venue_gross_max.get(venue.venue)
        if most is None:
            return ANY_AMOUNT
        worth = {
            name: gross.worth(state, self.seen, self.policy, name, self.now_ns)
            for name in state.rules.instruments
        }
        for name, each in worth.items():
            lots = gross.lots_at(state, venue.venue, name)
            if lots and each is None:
                return 0
            used += lots * (each or 0)
        own = worth[self.instrument.id]
        return max(0, most - used) // own if own else 0

    def _of_money(self, side: Side, cost: int, cash: int) -> Iterator[tuple[str, int]]:
        """Yield what caps and grants leave; a lot that opens holds its cost twice, for its unwind.

        A lot that is bought takes `cash`, and one sold short keeps it to be bought back: what was
        paid for the lots that it hedges. What closes a hedge draws on the room kept for that.
        """
        state, policy, name = self.state, self.policy, self.instrument.id
        limits, latest = state.limits, state.limits.latest(self.now_ns)
        use = state.position_use(DESK_OVERLAY, name, side)  # what is disputed at its worse end
        closing = max(0, -use)
        if cost:
            event_id = limits.event_at(self.now_ns)
            used = limits.used(event_id, self.now_ns)
            used += doubt.spent(state, self.seen, policy, event_id, self.now_ns)
            spend = policy.event_spend_max - used
            yield "event_spend", closing + max(0, spend) // (2 * cost)
            yield "grant_cost", closing + self._left("cost", latest) // (2 * cost)
        left = self._left("cash", latest)
        left = left - self.cash if side == "buy" else left + self._brought_back(latest)
        yield "grant_cash", closing + max(0, left) // max(1, cash)
        granted = state.grants.position_limit(name, side, latest, reducing=False)
        yield "grant_position", granted - use

    def _brought_back(self, latest: int) -> int:
        """Return the outlay that sales may bring back to be kept, with that of the bid."""
        state, unit = self.state, self.policy.currency
        spent = sum(amount for _, amount in doubt.claimable(state, unit, latest))
        quote = state.orders.quotes.get(self.instrument.id)
        if self.freed or quote is None:
            return spent
        bid = state.reservations.orders.get(quote_order_id(quote.quote_id, "buy"), ())
        return spent + sum(row.amount for row in bid if row.kind == "cash")

    def _left(self, kind: str, latest: int) -> int:
        """Return what unexpired grants of a kind leave together."""
        currency = self.policy.currency
        taken, _ = self.state.grants.take(
            *(kind, currency, ANY_AMOUNT, latest),
            reducing=False,
            freed=self.freed,
            in_doubt=doubt.used(self.state, self.seen, self.policy, kind, self.now_ns),
        )
        return sum(amount for _, amount in taken)


def _outlay(instrument: Instrument, limit: int, fee_ppm: int) -> int:
    """Return what one lot takes of a balance, its fee included."""
    notional = instrument.notional_minor(limit, 1)
    return max(1, notional + div_up(notional * fee_ppm, PPM))
