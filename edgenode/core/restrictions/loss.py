"""Loss stops: past a loss a scope only reduces, until a person releases it (cause `loss:...`).

Losses are live: cash that flowed plus what is held, marked at the reference (core/risk/pnl). The
day's, and of it those that belong to no micro-event, are counted from the P&L when the UTC day of
market time began. A day begins at prices that some hedge venue shows too, within 2 %: at a wrong
one, losses of the whole day would count from what never was. Until then the day before goes on.
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
AGREES_PPM, PPM = 20_000, 1_000_000
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
    begins = today > limits.day and _confirmed(state, seen, policy, now_ns)
    if whole is not None and none is not None and begins:
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


def _confirmed(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> bool:
    """Return whether no reference price stands against the books of all hedge venues."""
    for name in state.rules.instruments:
        reference = seen.reference(policy, name, now_ns)
        mids = [
            book.mid_ticks
            for one in policy.overlay_venues
            if one.venue != policy.reference_venue
            and (age_ms := seen.age_ms(one.venue, name, now_ns)) is not None
            and age_ms <= one.age_ms_max
            and (book := seen.book(one.venue, name)) is not None
        ]
        if reference is None or not mids:
            continue
        most = reference.ticks * AGREES_PPM // PPM
        if all(abs(mid - reference.ticks) > most for mid in mids):
            return False
    return True


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
