"""Loss stops: past a loss a scope is set to `reducing`, and stays so until a person resumes it.

Losses are live: cash that flowed plus what is held, marked at the reference (core/risk/pnl). The
day's are counted from the P&L when the UTC day of market time began.
"""

from edgenode.core.observations import Act
from edgenode.core.risk.pnl import total
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Policy, TradingDayOpened, TradingStateSet
from edgenode.model.ids import NO_EVENT

DAY_NS = 86_400 * 1_000_000_000
STOP = "rule:loss_stop"


def due(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Act]:
    """Give a new day's start, and each scope that has lost too much; what is unknown waits."""
    limits = state.limits
    whole = total(state, seen, policy, None, now_ns)
    acts: list[Act] = []
    today = now_ns // DAY_NS
    if whole is not None and today > limits.day:
        acts.append(Act(TradingDayOpened(at_ns=now_ns, day=today, pnl_minor=whole), STOP))
    elif whole is not None and limits.day_pnl_minor - whole > policy.day_loss_max:
        acts += _reduce(state, "node", "loss of the day", now_ns)
    for event_id in (*limits.events, NO_EVENT):  # what belongs to no event is watched as one
        lost = total(state, seen, policy, event_id, now_ns)
        if lost is not None and -lost > policy.event_loss_max:
            acts += _reduce(state, f"event:{event_id}", "loss of the micro-event", now_ns)
    return acts


def _reduce(state: NodeState, scope: str, reason: str, now_ns: int) -> list[Act]:
    if state.limits.states.get(scope, "active") != "active":
        return []
    fact = TradingStateSet(at_ns=now_ns, scope=scope, state="reducing", reason=reason)
    return [Act(fact, STOP)]
