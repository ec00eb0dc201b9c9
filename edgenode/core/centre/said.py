"""What the centre says: an entry of its down-ledger, or how far this node may trade."""

from typing import assert_never

from edgenode.core.centre import adoption
from edgenode.core.observations import CentreAllows, CentreSaid, Decision, OfCentre
from edgenode.core.restrictions import centre
from edgenode.core.state.node_state import NodeState


def decide(state: NodeState, said: OfCentre, now_ns: int) -> Decision:
    """Decide on what the centre says."""
    match said:
        case CentreSaid():
            return adoption.centre_said(state, said.data, now_ns)
        case CentreAllows():
            return centre.decide(state, said, now_ns)
        case _:
            assert_never(said)
