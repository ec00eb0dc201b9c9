"""What is due as market time passes.

A clock that was set right again, ended micro-events and calls, expired orders and plans, a new
day, loss stops, quotes, hedge slices, closed orders to fold away.
"""

from edgenode.core.gate import approvals
from edgenode.core.hedge import programme
from edgenode.core.observations import Act, AuctionDue, Decision, Observation, Requote
from edgenode.core.orders import changes
from edgenode.core.risk import stops
from edgenode.core.seen import Seen
from edgenode.core.state.limits import Limits
from edgenode.core.state.node_state import NodeState
from edgenode.core.sync.signed_time import Trusted
from edgenode.model import facts as f

ENDED_ORDERS_KEPT = 256
AGREES_NS = 300 * 1_000_000_000  # a clock that a person sets agrees with the centre's within this


def decide(state: NodeState, seen: Seen, trusted: Trusted | None, now_ns: int) -> Decision:
    """Decide on everything that is due now."""
    acts = _set_right(state.limits, trusted, now_ns)
    then: list[Observation] = []
    for event_id in state.limits.ended(now_ns):
        closed = f.MicroEventClosed(at_ns=now_ns, event_id=event_id, reason="ended")
        acts.append(Act(closed, "rule:calendar"))
    acts += changes.expired(state, now_ns)
    acts += approvals.overdue(state, now_ns)
    over = sorted(n for n, ends in state.limits.auctions.items() if now_ns >= ends)
    then += [AuctionDue(name) for name in over]
    policy = state.rules.policy
    if policy is not None:
        acts += stops.due(state, seen, policy, now_ns)
        for instrument in state.rules.instruments.values():
            then.append(Requote(instrument.id))
            if programme.due(state, policy, instrument, now_ns):
                hedge = programme.sliced(state, seen, policy, instrument, now_ns)
                acts += hedge.acts
                then += hedge.then
    if state.orders.ended_count > ENDED_ORDERS_KEPT:
        closed_orders = f.OrdersClosed(at_ns=now_ns, to_seq=state.size)
        acts.append(Act(closed_orders, "rule:node"))
    return Decision(tuple(acts), tuple(then))


def _set_right(limits: Limits, trusted: Trusted | None, now_ns: int) -> list[Act]:
    """Let time count from now where what is recorded lies ahead of the clock and of the centre.

    A clock alone never does that, nor a time that lies before one that did: else a clock set back
    would let grants live longer.
    """
    if trusted is None or not limits.is_behind(now_ns):
        return []
    if trusted.now_ns < limits.trusted_ns or abs(trusted.now_ns - now_ns) > AGREES_NS:
        return []
    fact = f.TimeTrusted(at_ns=now_ns, trusted_ns=trusted.now_ns, evidence=trusted.evidence)
    return [Act(fact, "rule:clock")]
