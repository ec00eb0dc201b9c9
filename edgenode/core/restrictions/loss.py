"""Loss stops: past a loss a scope only reduces, until a person releases it (cause `loss:...`).

Losses are live: cash that flowed plus what is held, marked at the reference (core/risk/pnl). The
day's, and of it those that belong to no micro-event, are counted from the P&L when the UTC day of
market time began.
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
    events: tuple[EventId | None, ...] = (None, NO_EVENT, *limits.events)
    found = {event: total(state, seen, policy, event, now_ns) for event in events}
    whole, none, today = found[None], found[NO_EVENT], now_ns // DAY_NS
    acts: list[Act] = []
    if whole is not None and none is not None and today > limits.day:
        fact = TradingDayOpened(at_ns=now_ns, day=today, pnl_minor=whole, none_pnl_minor=none)
        acts.append(Act(fact, STOP))
        found = {event: pnl for event, pnl in found.items() if event in limits.events}
    for event, pnl in found.items():
        lost = "" if pnl is None else _beyond(state, policy, event, pnl)
        if lost:
            scope, cause, what = _named(event)
            reason = f"loss of the {what}: {lost}"
            acts += restrict(state, scope, cause, "reducing", reason, lost, now_ns, by=STOP)
    return acts


def still(state: NodeState, seen: Seen, scope: str, now_ns: int) -> str:
    """Return the loss that still stands above its limit at a scope, or "" if none does."""
    policy = state.rules.policy
    if policy is None:
        return ""
    event = None if scope == NODE else EventId(scope.removeprefix("event:"))
    pnl = total(state, seen, policy, event, now_ns)
    if pnl is None:
        return "the loss cannot be told without a price"
    return _beyond(state, policy, event, pnl)


def ended(state: NodeState, event_id: EventId, now_ns: int) -> tuple[Act, ...]:
    """Return what lifts the loss of a micro-event that ends."""
    scope, cause, _ = _named(event_id)
    return lift(state, scope, cause, "the micro-event ended", "its end", now_ns, by=STOP)


def _named(event: EventId | None) -> tuple[str, str, str]:
    """Return the scope, the cause and the words of a loss: of all of a day, or of one event."""
    if event is None:
        return NODE, DAY, "day"
    what = "day outside micro-events" if event == NO_EVENT else "micro-event"
    return f"event:{event}", f"{LOSS}:{event}", what


def _beyond(state: NodeState, policy: Policy, event: EventId | None, pnl: int) -> str:
    """Return a loss above its limit in words, or "" if it is within."""
    loss = state.limits.pnl_begun(event) - pnl
    limit = policy.day_loss_max if event is None else policy.event_loss_max
    if loss <= limit:
        return ""
    known, unit = state.rules.currencies, policy.currency
    lost = currencies.amount(known, Money(loss, unit))
    return f"{lost} of at most {currencies.worded(known, Money(limit, unit))}"
