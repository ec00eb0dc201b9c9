"""What venues say: a report about one order or execution, or a whole view of our account."""

from typing import assert_never

from edgenode.core.observations import Decision, NotReconciled, OfVenue, Reconciled, Reported
from edgenode.core.restrictions import unreconciled
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.venues import reconciliation, reports


def decide(state: NodeState, seen: Seen, said: OfVenue, now_ns: int) -> Decision:
    """Decide on what a venue says."""
    match said:
        case Reported():
            return reports.reported(state, seen, said.event, now_ns)
        case Reconciled():
            return reconciliation.decide(state, said, now_ns)
        case NotReconciled():
            return unreconciled.decide(state, said, now_ns)
        case _:
            assert_never(said)
