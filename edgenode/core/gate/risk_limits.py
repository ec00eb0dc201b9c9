"""What all orders together may become: rows 11, 14, 15 and 20, and the one bound on hedges.

Row 14 counts by node, micro-event and venue; by payment rail it cannot, before there are rails.
"""

from typing import NamedTuple

from edgenode.core.gate.check import Check
from edgenode.core.gate.standing import failed
from edgenode.core.risk import doubt, gross
from edgenode.core.risk.pnl import at_worst, total
from edgenode.core.risk.room import Rooms
from edgenode.core.state.exposure import bound, with_order
from edgenode.model.facts import Instrument, Policy, Reason
from edgenode.model.ids import DESK_OVERLAY, LOCAL_VENUE
from edgenode.model.orders import Side


class Beside(NamedTuple):
    """What is looked at besides an order itself: the same for both sides of a quote.

    `rest` is the gross exposure of all other instruments, None where it is not known; `losses` are
    the scopes that have lost too much.
    """

    rest: gross.Gross | None
    losses: tuple[Reason, ...]


def judge(
    check: Check, policy: Policy, instrument: Instrument, beside: Beside | None = None
) -> None:
    """Evaluate all of them; `beside`, where it is given, is of the same moment and event."""
    if not check.terms.is_customer:
        _position(check, policy)
        if check.terms.venue_gross_max is not None:
            _at_venue(check, policy, check.terms.venue_gross_max)
    if not check.reducing:
        _gross(check, policy, instrument, beside.rest if beside else _rest(check, policy))
        check.reasons += beside.losses if beside else _losses(check, policy)
    intent = check.intent
    if intent.reduce_only or (intent.venue != LOCAL_VENUE and _beside_reduce_only(check)):
        _reduce_only(check)


def hedge_room(check: Check, policy: Policy, instrument: Instrument) -> None:
    """Row 11: no new risk beyond what is carried unhedged or could be hedged; of no hedge.

    The desk's quote is looked away from: an order that lifts it takes its place. A quote itself is
    cut to the room as it is made.
    """
    lots, (low, high), most = check.open_lots, check.net, policy.unhedged_max
    if check.is_quote or check.reference is None or check.terms.rate is None:
        return  # denied for that, where it is an order
    if lots <= most + low and lots <= most - high:
        return  # with the quote and all it is within what is carried
    if check.lessens:
        return  # the order works already: to deny a change to less would keep the most
    buys, sells = check.state.orders.quote_lots(instrument.id)
    exposure = check.exposure.without(buys=buys, sells=sells)
    side: Side = "buy" if check.terms.exposed > 0 else "sell"
    rooms = Rooms(check.state, check.seen, policy, instrument, exposure, check.now_ns)
    left = rooms.admitted(side, lots)
    if lots > left:
        check.fail_lots("EN111", "hedge_room", left, lots, f"instrument:{instrument.id}")


def beside_of(check: Check, policy: Policy) -> Beside:
    """Return what an order is judged beside."""
    return Beside(_rest(check, policy), _losses(check, policy))


def _position(check: Check, policy: Policy) -> None:
    """Row 11 on net and per desk account, then the bound on both tiers of hedges."""
    intent, state = check.intent, check.state
    worst_net = check.after.worst
    if worst_net > policy.net_position_lots_max and not check.reducing:
        check.fail_lots("EN111", "net_position_max", policy.net_position_lots_max, worst_net)
    used = state.position_use(intent.account, intent.instrument, intent.side)
    use = max(0, used - check.freed_lots + check.open_lots)
    granted = check.terms.reducing_lots if check.reducing else check.terms.position_lots
    if use > granted and use > max(0, used):
        check.fail_lots("EN113", "grant_position", granted, use)
    if intent.account == DESK_OVERLAY:
        _over_hedge(check, policy)


def _over_hedge(check: Check, policy: Policy) -> None:
    """Row 11, the bound on both tiers: whatever is true of what is in doubt."""
    hedged, book = check.exposure.least_room(check.intent.side, check.exposure.mandate)
    after = with_order(hedged, check.signed).worst
    limit = bound(
        hedged,
        book,
        check.state.programmes.band_lots(check.intent.instrument, policy.band_lots),
        policy.slice_lots_max,
        policy.over_hedge_lots,
    )
    if after > limit:
        check.fail_lots("EN111", "over_hedge", limit, after)


def _rest(check: Check, policy: Policy) -> gross.Gross | None:
    terms, name = check.terms, check.intent.instrument
    if terms.alone:
        return gross.NOTHING_ELSE
    return gross.others(check.state, check.seen, policy, name, terms.event_id, check.now_ns)


def _gross(check: Check, policy: Policy, instrument: Instrument, more: gross.Gross | None) -> None:
    """Row 14: gross exposure of this node and of the micro-event, at the reference prices.

    The order itself is valued at its worst price, or the reference if that is higher. Gross counts
    both accounts, all instruments and everything that may still execute, whatever offsets it. An
    order that reduces net exposure may pass the limit: a hedge is gross by nature, and is bounded
    by row 11.
    """
    terms, reference, rate = check.terms, check.reference, check.terms.rate
    if reference is None or rate is None:
        return
    name, event_id = instrument.id, terms.event_id
    if more is None:
        unit = policy.currency
        check.fail("EN114", "gross_exposure_unknown", "a price of all that is held", "none", unit)
        return
    node = check.exposure.book.worst + check.exposure.overlay.worst  # without what it replaces
    event = gross.event_lots(check.state, event_id, name, quoted=not check.is_quote)
    event -= check.replaces.event_lots
    each, highest = reference.ticks * instrument.tick_lot_minor, max(check.worst, reference.ticks)
    ordered = highest * check.open_lots * instrument.tick_lot_minor
    for scope, lots, rest, limit in (
        ("node", node, more.node, policy.gross_notional_max),
        (terms.of_event, event, more.event, policy.event_gross_notional_max),
    ):
        value = rate.up(each * lots + ordered) + rest
        if value > limit:
            check.fail_money("EN114", "gross_exposure_max", limit, value, scope)


def _at_venue(check: Check, policy: Policy, limit: int) -> None:
    """Row 14 at one venue, where the centre set a limit: how much one counterparty has of ours.

    A hedge is no exception, for it can go elsewhere; what lessens the worst case there passes.
    """
    intent, state = check.intent, check.state
    scope, value = check.terms.of_venue, 0
    for name in state.rules.instruments:
        lots = gross.lots_at(state, intent.venue, name)
        if name == intent.instrument:
            low, high = gross.worst_at(state, intent.account, intent.venue, name)
            under, over = doubt.lots_at(state, intent.account, intent.venue, name)
            end = over if intent.side == "buy" else under  # where it adds most, if that is true
            grows = _grows(check, low - under + end, high - over + end)
            if grows <= 0 and not check.changes:
                return
            lots += _grows(check, low, high)
            value += _above_reference(check, max(0, grows))
        each = gross.worth(state, check.seen, policy, name, check.now_ns) if lots else 0
        if each is None:
            unit = policy.currency
            check.fail("EN114", "gross_exposure_unknown", "a price", "none", unit, scope)
            return
        value += lots * each
    if value > limit:
        check.fail_money("EN114", "gross_exposure_max", limit, value, scope)


def _grows(check: Check, low: int, high: int) -> int:
    """Return by how much an order makes the worst case at a venue larger."""
    before = max(abs(low), abs(high))
    low, high = low + check.replaces.sells, high - check.replaces.buys
    if check.intent.side == "buy":
        high += check.open_lots
    else:
        low -= check.open_lots
    return max(abs(low), abs(high)) - before


def _above_reference(check: Check, lots: int) -> int:
    """Return what lots are worth at the order's worst price, less what at the reference.

    Nothing if there is no rate or reference: then the order is denied for that.
    """
    instrument, rate, reference = check.terms.instrument, check.terms.rate, check.reference
    if instrument is None or rate is None or reference is None:
        return 0
    return rate.up(instrument.notional_minor(max(0, check.worst - reference.ticks), lots))


def _losses(check: Check, policy: Policy) -> tuple[Reason, ...]:
    """Row 15: past a loss only what reduces risk passes; an unknown loss counts as too much.

    What is disputed counts at its worse end.
    """
    terms, unit = check.terms, policy.currency
    losses: tuple[Reason, ...] = ()
    for scope, event_id, limit in (
        ("day", None, policy.day_loss_max),
        (terms.of_event, terms.event_id, policy.event_loss_max),
    ):
        begun_at = check.state.limits.pnl_begun(event_id)
        of = at_worst if check.in_doubt else total
        pnl = of(check.state, check.seen, policy, event_id, check.now_ns)
        if pnl is None:
            losses += (failed("EN115", "loss_unknown", "a marked position", "none", unit, scope),)
        elif begun_at - pnl > limit:
            most, lost = check.money(limit, unit), check.money(begun_at - pnl, unit)
            losses += (failed("EN115", "loss_max", most, lost, unit, scope),)
    return losses


def _beside_reduce_only(check: Check) -> bool:
    """Return whether a reduce-only order works on the order's side at the same outside venue.

    The local book holds a reduce-only order at its execution (core/orders/meeting). An outside
    venue executes in an order that nobody here chooses: another order could use the position up
    first, and the reduce-only one would open. So all of them together must fit the position.
    """
    intent, orders = check.intent, check.state.orders
    if not orders.has_reduce_only:
        return False
    where = (intent.account, intent.venue, intent.instrument, intent.side)
    return bool(orders.reduce_only_lots(*where))


def _reduce_only(check: Check) -> None:
    """Row 20: judged on the position at this venue, less what open orders may reduce of it.

    A position in doubt counts at its smaller end.
    """
    intent, state = check.intent, check.state
    where = (intent.account, intent.venue, intent.instrument)
    held = -check.terms.sign * state.positions.at_venue(*where)
    under, over = doubt.lots_at(state, *where)
    held += under if intent.side == "sell" else -over
    others = state.orders.venue_lots(*where, intent.side) - check.freed_lots
    room = max(0, held - others)
    if check.open_lots > room:
        check.fail_lots("EN120", "reduce_only", room, check.open_lots)
