"""How far the centre lets this node trade (core/sync/table), recorded as a state of its own scope.

A node that was revoked, or that waits for approval, reduces. That outlives the link and the start:
only another answer of the centre ends it, and no resume does. What a person or a rule restricted
the node to stays beside it; the stricter holds.
"""

from edgenode.core.observations import NOTHING, Act, CentreAllows, Decision, Requote
from edgenode.core.state.limits import CENTRE
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import TradingStateSet

RULE = "rule:centre"


def decide(state: NodeState, said: CentreAllows, now_ns: int) -> Decision:
    """Record what the centre allows where that changes."""
    if state.limits.states.get(CENTRE, "active") == said.trading:
        return NOTHING
    fact = TradingStateSet(at_ns=now_ns, scope=CENTRE, state=said.trading, reason=said.reason)
    requotes = tuple(Requote(name) for name in state.rules.instruments)
    return Decision((Act(fact, RULE),), requotes)
