"""What is due as market time passes.

A clock that was set right again, markets that fell silent or left what they were like, orders that
are not answered, ended micro-events and calls, expired orders and plans, a new day, loss stops,
requests that were granted or are over, quotes, hedge slices.
"""

from edgenode.core import micro_events
from edgenode.core.gate import approvals
from edgenode.core.hedge import programme
from edgenode.core.observations import AuctionDue, Decision, FollowUp, Requote, Tick
from edgenode.core.orders import changes
from edgenode.core.restrictions import clock, loss, stale, stress
from edgenode.core.restrictions.causes import requotes
from edgenode.core.risk import requests
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.venues import fees, reduce_only, silence


def decide(state: NodeState, seen: Seen, tick: Tick, now_ns: int) -> Decision:
    """Decide on everything that is due now: nothing while time stands still."""
    if tick.ahead_ns:
        acts = clock.ahead(state, tick.ahead_ns, now_ns)
        return Decision(tuple(acts), requotes(state) if acts else ())
    acts = clock.due(state, tick.trusted, now_ns)
    policy = state.rules.policy
    if policy is not None:
        acts += stale.due(state, seen, policy, now_ns)
        acts += stress.due(state, seen, policy, now_ns)
    then: list[FollowUp] = []
    acts += micro_events.ended(state, now_ns)
    acts += silence.due(state, now_ns)
    acts += changes.expired(state, now_ns)
    acts += reduce_only.due(state, now_ns)
    acts += approvals.overdue(state, now_ns)
    over = sorted(n for n, ends in state.limits.auctions.items() if now_ns >= ends)
    then += [AuctionDue(name) for name in over]
    if policy is not None:
        acts += fees.due(state, policy, now_ns)
        acts += loss.due(state, seen, policy, now_ns)
        acts += requests.due(state, seen, policy, now_ns)
        for instrument in state.rules.instruments.values():
            then.append(Requote(instrument.id))
            if programme.due(state, policy, instrument, now_ns):
                hedge = programme.sliced(state, seen, policy, instrument, now_ns)
                acts += hedge.acts
                then += hedge.then
    return Decision(tuple(acts), tuple(then))
