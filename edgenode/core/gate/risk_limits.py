"""What all orders together may become: rows 11, 14, 15 and 20, and the one bound on hedges."""

from edgenode.core.gate.check import Check
from edgenode.core.risk.pnl import total
from edgenode.core.state.exposure import bound, with_order
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.orders import sign


def judge(check: Check, policy: Policy, instrument: Instrument) -> None:
    """Evaluate all of them."""
    if not check.is_customer:
        _position(check, policy)
    _gross(check, policy, instrument)
    _losses(check, policy)
    if check.intent.reduce_only:
        _reduce_only(check)


def _position(check: Check, policy: Policy) -> None:
    """Row 11 on net and per desk account, then the bound on both tiers of hedges."""
    intent, state = check.intent, check.state
    worst_net = with_order(check.exposure.net, check.signed).worst
    if worst_net > policy.net_position_lots_max and not check.reducing:
        check.fail_lots("EN111", "net_position_max", policy.net_position_lots_max, worst_net)
    held = sign(intent.side) * state.positions.net(intent.account, intent.instrument)
    low, high = state.fills.span(intent.account, intent.instrument)
    held += high if intent.side == "buy" else -low  # what is disputed counts at its worse end
    others = state.orders.open_lots(intent.account, intent.instrument, intent.side)
    before = max(0, held + others)
    use = max(0, held + others - check.freed_lots + check.open_lots)
    granted = state.grants.position_limit(
        intent.instrument, intent.side, check.now_ns, reducing=check.reducing
    )
    if use > granted and use > before:
        check.fail_lots("EN113", "grant_position", granted, use)
    if intent.account == DESK_OVERLAY:
        _over_hedge(check, policy)


def _over_hedge(check: Check, policy: Policy) -> None:
    hedged = check.exposure.hedged()
    after = with_order(hedged, check.signed).worst
    limit = bound(
        hedged,
        check.exposure.book.worst,
        policy.band_lots,
        policy.slice_lots_max,
        policy.over_hedge_lots,
    )
    if after > limit:
        check.fail_lots("EN111", "over_hedge", limit, after)


def _gross(check: Check, policy: Policy, instrument: Instrument) -> None:
    """Row 14: gross exposure of this node and of the micro-event, at the reference price.

    Gross counts both accounts and everything that may still execute, whatever offsets it. An order
    that reduces net exposure may pass the limit: a hedge is gross by nature, and is bounded by
    row 11.
    """
    reference, rate = check.reference, check.rate
    if reference is None or rate is None or check.reducing:
        return
    lots, name = check.open_lots, instrument.id
    event = check.state.positions.desk(check.event_id, name).gross_lots
    event += check.state.orders.event_lots(check.event_id, name) - check.replaces.event_lots
    scopes = (
        (
            "node",
            check.exposure.book.worst + check.exposure.overlay.worst,
            policy.gross_notional_max,
        ),
        (f"event:{check.event_id}", event, policy.event_gross_notional_max),
    )
    for scope, gross, limit in scopes:
        value = rate.up(instrument.notional_minor(reference.ticks, gross + lots))
        if value > limit:
            check.fail_money("EN114", "gross_exposure_max", limit, value, scope)


def _losses(check: Check, policy: Policy) -> None:
    """Row 15: past a loss only what reduces risk passes; an unknown loss counts as too much."""
    if check.reducing:
        return
    limits = check.state.limits
    scopes = (
        ("day", None, limits.day_pnl_minor, policy.day_loss_max),
        (f"event:{check.event_id}", check.event_id, 0, policy.event_loss_max),
    )
    for scope, event_id, begun_at, limit in scopes:
        pnl = total(check.state, check.seen, policy, event_id, check.now_ns)
        if pnl is None:
            check.fail(
                "EN115", "loss_unknown", "a marked position", "none", policy.currency, scope
            )
        elif begun_at - pnl > limit:
            check.fail_money("EN115", "loss_max", limit, begun_at - pnl, scope)


def _reduce_only(check: Check) -> None:
    """Row 20: judged on the position at this venue, less what open orders may reduce of it."""
    intent, state = check.intent, check.state
    where = (intent.account, intent.venue, intent.instrument)
    held = -sign(intent.side) * state.positions.at_venue(*where)
    others = state.orders.venue_lots(*where, intent.side) - check.freed_lots
    room = max(0, held - others)
    if check.open_lots > room:
        check.fail_lots("EN120", "reduce_only", room, check.open_lots)
