"""The hedge room of core/risk/room, worked out anew from positions, orders, grants and books.

It adds up all that is held and open at each look, where the product counts as things change. Venue
limits are left out: where a centre sets one, the true room is no larger.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edgenode.core.seen import Seen
from edgenode.core.state import fx
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import quote_order_id
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Instrument, OverlayVenue, Policy
from edgenode.model.ids import DESK_OVERLAY, DESK_SUSPENSE, InstrumentId, VenueId, is_customer
from edgenode.model.money import div_up
from edgenode.model.orders import OrderState, Side, opposite, sign
from edgenode.model.venue import BookView

PPM = 1_000_000
Books = Mapping[tuple[VenueId, InstrumentId], BookView]


class Look(NamedTuple):
    """What was published, and when it was looked at."""

    books: Books
    now_ns: int


@dataclass(slots=True)
class Net:
    """Signed lots of one instrument, without the desk's quote; `overlay` is what it holds."""

    low: int = 0
    high: int = 0
    overlay: int = 0
    overlay_buys: int = 0  # what it may still come to hold, disputes included
    overlay_sells: int = 0

    @property
    def worst(self) -> int:
        """Return the largest |net|."""
        return max(abs(self.low), abs(self.high))

    def widen(self, low: int, high: int) -> None:
        """Add what may be anything from `low` to `high`."""
        self.low, self.high = self.low + low, self.high + high


def nets(state: NodeState) -> dict[InstrumentId, Net]:
    """Add up every instrument's net; O(positions and orders)."""
    mandate = state.mandates.lots
    found = {name: Net(mandate(name), mandate(name)) for name in state.rules.instruments}
    for key, totals in state.positions.totals.items():
        net = found[key.instrument]
        if key.account == DESK_SUSPENSE:
            net.widen(-totals.sold_lots, totals.bought_lots)
        elif not is_customer(key.account):
            net.widen(totals.lots, totals.lots)
            net.overlay += totals.lots if key.account == DESK_OVERLAY else 0
    for (account, name), (low, high) in state.fills.disputed.items():
        if not is_customer(account):
            _may_change(found[name], low, high, overlay=account == DESK_OVERLAY)
    for order in state.orders.orders.values():
        gated = order.gated
        if order.state is not OrderState.DONE and not is_customer(gated.account):
            lots = sign(gated.side) * order.remaining_lots
            overlay = gated.account == DESK_OVERLAY
            _may_change(found[gated.instrument], min(0, lots), max(0, lots), overlay=overlay)
    return found


def admitted(
    state: NodeState, look: Look, policy: Policy, name: InstrumentId, net: Net, side: Side
) -> int:
    """Return the lots that the desk may buy or sell: what reduces |net|, or the room."""
    reducing = -net.high if side == "buy" else net.low
    carried = policy.unhedged_max - net.worst
    instrument = state.rules.instruments[name]
    room = carried + _overlay(state, look, policy, instrument, net, opposite(side))
    return max(0, reducing, carried, room)


def _may_change(net: Net, low: int, high: int, *, overlay: bool) -> None:
    net.widen(low, high)
    if overlay:
        net.overlay_buys += high
        net.overlay_sells -= low


def _overlay(
    state: NodeState, look: Look, policy: Policy, instrument: Instrument, net: Net, side: Side
) -> int:
    """Return the lots that the overlay can still buy or sell."""
    name, now_ns = instrument.id, look.now_ns
    reference = Seen(look.books).reference(policy, name, now_ns)
    rate = fx.rate(state.rules, policy, instrument.quote, now_ns)
    living = [venue for venue in policy.overlay_venues if _lives(state, look, name, venue)]
    if not policy.overlay_enabled or reference is None or rate is None or not living:
        return 0
    away = div_up(reference.ticks * policy.collar_ppm, PPM)
    limit = max(1, reference.ticks + sign(side) * away)
    notional = instrument.notional_minor(max(limit, reference.ticks), 1)
    fee = div_up(notional * max(venue.fee_ppm for venue in living), PPM)
    cost = rate.up(fee + instrument.notional_minor(abs(limit - reference.ticks), 1))
    depth = settled = 0
    for venue in living:
        book = look.books[venue.venue, name]
        levels = book.asks if side == "buy" else book.bids
        shown = sum(lots for price, lots in levels if sign(side) * (price - limit) <= 0)
        depth += shown
        settled += min(shown, max(0, _settles(state, instrument, venue, side, limit)))
    held, open_lots = sign(side) * net.overlay, _open(net, side)
    closing = max(0, -held - open_lots)
    least = [depth, settled, _granted(state, name, side, now_ns) - held - open_lots]
    if cost:
        spent = state.limits.used(state.limits.event_at(now_ns), now_ns)
        least.append(closing + max(0, policy.event_spend_max - spent) // (2 * cost))
        least.append(closing + _left(state, "cost", policy.currency, now_ns) // (2 * cost))
    cash, left = rate.up(notional + fee), _left(state, "cash", policy.currency, now_ns)
    if side == "sell":  # a short keeps what was paid for the lots that it hedges
        cash = rate.up(instrument.notional_minor(limit, 1))
        left += _paid(state, policy, name, now_ns)
    least.append(closing + left // max(1, cash))
    return max(0, min(least))


def _lives(state: NodeState, look: Look, name: InstrumentId, venue: OverlayVenue) -> bool:
    """Return whether a venue shows a fresh book, and nothing halts the overlay there."""
    age_ms = Seen(look.books).age_ms(venue.venue, name, look.now_ns)
    event = state.limits.event_at(look.now_ns)
    scopes = (f"venue:{venue.venue}", f"instrument:{name}", f"event:{event}")
    halted = state.restrictions.level(*scopes, f"account:{DESK_OVERLAY}") == "halted"
    return age_ms is not None and age_ms <= venue.age_ms_max and not halted


def _settles(
    state: NodeState, instrument: Instrument, venue: OverlayVenue, side: Side, limit: int
) -> int:
    """Return the lots that the overlay's balance at a venue can settle."""
    asset = instrument.quote if side == "buy" else instrument.id
    free = state.wallet.free(BalanceKey(DESK_OVERLAY, venue.venue, asset))
    if side == "sell":
        return free
    notional = instrument.notional_minor(limit, 1)
    return free // max(1, notional + div_up(notional * venue.fee_ppm, PPM))


def _granted(state: NodeState, name: InstrumentId, side: Side, now_ns: int) -> int:
    """Return the lots that position grants allow on a side."""
    return sum(
        account.grant.limit
        for account in state.grants.accounts.values()
        if (account.grant.kind, account.grant.instrument, account.grant.side)
        == ("position", name, side)
        and not account.revoked
        and state.limits.latest(now_ns) < account.grant.expiry
    )


def _left(state: NodeState, kind: str, unit: str, now_ns: int) -> int:
    """Return what unexpired grants of a kind leave together."""
    return sum(
        max(0, account.grant.limit - account.reserved - max(account.spent, account.claimed))
        for account in state.grants.accounts.values()
        if (account.grant.kind, account.grant.unit) == (kind, unit)
        and not account.revoked
        and state.limits.latest(now_ns) < account.grant.expiry
    )


def _paid(state: NodeState, policy: Policy, name: InstrumentId, now_ns: int) -> int:
    """Return the outlay that no open sale brings back yet, with what the desk's bid holds."""
    quote = state.orders.quotes.get(name)
    rows = (
        state.reservations.orders.get(quote_order_id(quote.quote_id, "buy"), ()) if quote else ()
    )
    return sum(row.amount for row in rows if row.kind == "cash") + sum(
        max(0, account.spent - account.claimed)
        for account in state.grants.accounts.values()
        if (account.grant.kind, account.grant.unit) == ("cash", policy.currency)
        and not account.revoked
        and state.limits.latest(now_ns) < account.grant.expiry
    )


def _open(net: Net, side: Side) -> int:
    return net.overlay_buys if side == "buy" else net.overlay_sells
