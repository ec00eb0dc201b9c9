"""How far the centre lets this node trade (core/sync/table): the cause `centre` on the node.

A node that was revoked, or that waits for approval, reduces. That outlives the link and the start:
only another answer of the centre ends it.
"""

from edgenode.core.observations import NOTHING, CentreAllows, Decision
from edgenode.core.restrictions.causes import CENTRE, lift, requotes, restrict
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE


def decide(state: NodeState, said: CentreAllows, now_ns: int) -> Decision:
    """Record what the centre allows if that changes."""
    if said.trading == "active":
        acts = lift(state, NODE, CENTRE, said.reason, "its answer to a HELLO", now_ns)
    else:
        words = (said.reason, "its answer to a HELLO", now_ns)
        acts = restrict(state, NODE, CENTRE, said.trading, *words, renew=True)
    return Decision(acts, requotes(state)) if acts else NOTHING
