"""The micro-hedge: what the overlay should hold, in which slices, at which venues.

Once per slice of market time: target -(E + M); no-trade band, to its nearest edge; the change is
spread over the horizon's slices; the first slice is cut to what the worst case allows and routed
over the venues by displayed price. Whatever is proposed here passes the gate like every order.
"""

from edgenode.core.hedge.band import to_edge
from edgenode.core.hedge.routing import Leg, VenueBook, route
from edgenode.core.hedge.schedule import pop, replan
from edgenode.core.observations import NOTHING, Act, Decision, SliceDue
from edgenode.core.seen import Reference, Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import HedgePlanned, Instrument, Policy
from edgenode.model.ids import DESK_OVERLAY, ClientOrderId
from edgenode.model.money import div_up
from edgenode.model.orders import OrderIntent, OrderState, Side

SECOND_NS = 1_000_000_000
PPM = 1_000_000


def due(state: NodeState, policy: Policy, instrument: Instrument, now_ns: int) -> bool:
    """Tell whether a new slice of market time has begun since the last plan.

    A plan of a time that has not come, for the clock was set back since, is no reason to wait.
    """
    if not policy.overlay_enabled:
        return False
    plan = state.mandates.plans.get(instrument.id)
    slice_ns = policy.slice_s * SECOND_NS
    if plan is None or now_ns < plan.at_ns - slice_ns:
        return True
    return now_ns // slice_ns > plan.at_ns // slice_ns


def planned(
    state: NodeState, seen: Seen, policy: Policy, instrument: Instrument, now_ns: int
) -> Decision:
    """Record the plan for the coming slices, and ask for the slice that is due."""
    exposure = state.exposure(instrument.id)
    plan = state.mandates.plans.get(instrument.id)
    slots = plan.slots if plan else ()
    change = to_edge(exposure.target, exposure.overlay_agreed + sum(slots), policy.band_lots)
    slots = replan(slots, change, policy.horizon_s // policy.slice_s)
    wanted, rest = pop(slots)
    buys, sells = _given_up(state, policy, instrument, now_ns)
    allowed = exposure.allowed_change(given_up_buys=buys, given_up_sells=sells)
    lots = within(wanted, allowed)
    lots = max(-policy.slice_lots_max, min(policy.slice_lots_max, lots))
    fact = HedgePlanned(
        at_ns=now_ns,
        instrument=instrument.id,
        exposure_lots=exposure.agreed,
        mandate_lots=exposure.mandate,
        overlay_lots=exposure.overlay_agreed,
        target_lots=exposure.target,
        slots=rest,
        reason="band" if change else "schedule",
    )
    if plan is not None and _same(plan, fact) and lots == 0:
        return NOTHING
    legs = _legs(state, seen, policy, instrument, lots, now_ns) if lots else ()
    return Decision((Act(fact, "rule:overlay"),), legs)


def _given_up(
    state: NodeState, policy: Policy, instrument: Instrument, now_ns: int
) -> tuple[int, int]:
    """Give lots of long UNKNOWN orders that may be hedged elsewhere: (bought, sold)."""
    if not policy.over_hedge_lots:
        return 0, 0
    before_ns = now_ns - policy.over_hedge_after_s * SECOND_NS
    unknown = state.orders.unknown_lots
    buys = unknown(DESK_OVERLAY, instrument.id, "buy", before_ns)
    sells = unknown(DESK_OVERLAY, instrument.id, "sell", before_ns)
    return min(buys, policy.over_hedge_lots), min(sells, policy.over_hedge_lots)


def within(wanted: int, allowed: int) -> int:
    """Cut a wanted change to the allowed one; a change the other way is not wanted now."""
    if wanted > 0:
        return max(0, min(wanted, allowed))
    return min(0, max(wanted, allowed))


def _same(plan: HedgePlanned, fact: HedgePlanned) -> bool:
    return not any(plan.slots) and not any(fact.slots) and plan.target_lots == fact.target_lots


def _legs(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    instrument: Instrument,
    lots: int,
    now_ns: int,
) -> tuple[SliceDue, ...]:
    reference = seen.reference(policy, instrument.id, now_ns)
    if reference is None:
        return ()
    side: Side = "buy" if lots > 0 else "sell"
    books = _answering(state, _books(seen, policy, instrument, side, now_ns))
    return tuple(
        SliceDue(_intent(state, policy, instrument, side, leg, reference, now_ns))
        for leg in route(side, abs(lots), books)
        if leg.lots >= instrument.quantity_lots_min
    )


def _answering(state: NodeState, books: tuple[VenueBook, ...]) -> tuple[VenueBook, ...]:
    """Leave out venues that owe us an answer, where others are left: a lost order is one too many.

    Where there is no other venue, UNKNOWN still blocks only its own worst case.
    """
    silent = {o.gated.venue for o in state.orders.at_venues() if o.state is OrderState.UNKNOWN}
    return tuple(book for book in books if book.venue not in silent) or books


def _books(
    seen: Seen, policy: Policy, instrument: Instrument, side: Side, now_ns: int
) -> tuple[VenueBook, ...]:
    """Give the venues' displayed levels that are young enough to act on."""
    books = []
    for venue in policy.overlay_venues:
        book = seen.book(venue.venue, instrument.id)
        age_ms = seen.age_ms(venue.venue, instrument.id, now_ns)
        if book is None or age_ms is None or age_ms > venue.age_ms_max:
            continue
        levels = book.asks if side == "buy" else book.bids
        books.append(VenueBook(venue.venue, levels, venue.fee_ppm, venue.stale_ppm))
    return tuple(books)


def _intent(  # noqa: PLR0913, PLR0917  what an order is made of
    state: NodeState,
    policy: Policy,
    instrument: Instrument,
    side: Side,
    leg: Leg,
    reference: Reference,
    now_ns: int,
) -> OrderIntent:
    """Give one immediate-or-cancel order, its limit a collar away from the reference."""
    distance = div_up(reference.ticks * policy.collar_ppm, PPM)
    price = reference.ticks + distance if side == "buy" else max(1, reference.ticks - distance)
    name = f"overlay:{instrument.id}:{now_ns // (policy.slice_s * SECOND_NS)}:{leg.venue}"
    return OrderIntent(
        client_order_id=ClientOrderId(name),
        account=DESK_OVERLAY,
        venue=leg.venue,
        instrument=instrument.id,
        side=side,
        quantity_lots=leg.lots,
        price_ticks=price,
        time_in_force="ioc",
        event_id=state.limits.event_at(now_ns),
    )
