"""Loss stops: past a loss a scope only reduces, until a person releases it (cause `loss:...`).

Losses are live: cash that flowed plus what is held, marked at the reference (core/risk/pnl). The
day's are counted from the P&L when the UTC day of market time began.
"""

from edgenode.core.observations import Act
from edgenode.core.restrictions.causes import LOSS, lift, restrict
from edgenode.core.risk.pnl import total
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.model import currencies
from edgenode.model.facts import Policy, TradingDayOpened
from edgenode.model.ids import NO_EVENT, EventId
from edgenode.model.money import Money

DAY_NS = 86_400 * 1_000_000_000
STOP = "rule:loss_stop"
DAY = f"{LOSS}:day"


def due(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Act]:
    """Return a new day's start, and the causes of all that has lost too much.

    A loss that cannot be told sets nothing.
    """
    limits = state.limits
    whole = total(state, seen, policy, None, now_ns)
    acts: list[Act] = []
    today = now_ns // DAY_NS
    if whole is not None and today > limits.day:
        acts.append(Act(TradingDayOpened(at_ns=now_ns, day=today, pnl_minor=whole), STOP))
    elif whole is not None and limits.day_pnl_minor - whole > policy.day_loss_max:
        lost = _lost(state, policy, limits.day_pnl_minor - whole, policy.day_loss_max)
        acts += restrict(
            state, NODE, DAY, "reducing", f"loss of the day: {lost}", lost, now_ns, by=STOP
        )
    for event_id in (*limits.events, NO_EVENT):  # what belongs to no event is watched as one
        pnl = total(state, seen, policy, event_id, now_ns)
        if pnl is not None and -pnl > policy.event_loss_max:
            lost = _lost(state, policy, -pnl, policy.event_loss_max)
            reason = f"loss of the micro-event: {lost}"
            scope, cause = f"event:{event_id}", f"{LOSS}:{event_id}"
            acts += restrict(state, scope, cause, "reducing", reason, lost, now_ns, by=STOP)
    return acts


def still(state: NodeState, seen: Seen, scope: str, now_ns: int) -> str:
    """Return the loss that still stands above its limit at a scope, or "" if none does."""
    policy = state.rules.policy
    if policy is None:
        return ""
    if scope == NODE:
        whole = total(state, seen, policy, None, now_ns)
        loss, limit = state.limits.day_pnl_minor - (whole or 0), policy.day_loss_max
    else:
        event_id = EventId(scope.removeprefix("event:"))
        whole = total(state, seen, policy, event_id, now_ns)
        loss, limit = -(whole or 0), policy.event_loss_max
    if whole is None:
        return "the loss cannot be told without a price"
    return _lost(state, policy, loss, limit) if loss > limit else ""


def ended(state: NodeState, event_id: EventId, now_ns: int) -> tuple[Act, ...]:
    """Return what lifts the loss of a micro-event that ends."""
    scope, cause = f"event:{event_id}", f"{LOSS}:{event_id}"
    return lift(state, scope, cause, "the micro-event ended", "its end", now_ns, by=STOP)


def _lost(state: NodeState, policy: Policy, loss: int, limit: int) -> str:
    known, unit = state.rules.currencies, policy.currency
    lost = currencies.amount(known, Money(loss, unit))
    return f"{lost} of at most {currencies.worded(known, Money(limit, unit))}"
