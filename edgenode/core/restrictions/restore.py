"""After a restore: the cause `restore:VENUE` on the node for each venue, until that one agrees.

An old copy took its own entries back. What its venues did meanwhile is not known here, so the
node only reduces until each of them has shown a view without a difference.
"""

from edgenode.core.observations import Act, Decision, Restored
from edgenode.core.restrictions.causes import RESTORE, lift, requotes, restrict
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.model.ids import VenueId

RULE = "rule:reconcile"


def decide(state: NodeState, observation: Restored, now_ns: int) -> Decision:
    """Restrict the node once for each venue that must be reconciled."""
    acts = tuple(
        act
        for venue in observation.venues
        for act in restrict(
            state,
            NODE,
            f"{RESTORE}:{venue}",
            "reducing",
            f"restored from an old copy: {venue} is not reconciled yet",
            "this start took its own entries back",
            now_ns,
            by=RULE,
        )
    )
    return Decision(acts, requotes(state))


def agreed(state: NodeState, venue: VenueId, now_ns: int) -> tuple[Act, ...]:
    """Return what lifts the cause of a venue that showed a view without a difference."""
    reason = f"{venue} and we agree"
    return lift(state, NODE, f"{RESTORE}:{venue}", reason, "its whole view", now_ns, by=RULE)
