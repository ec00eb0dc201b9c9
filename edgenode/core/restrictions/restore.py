"""After a restore: the cause `restore:VENUE` on the node for each venue, until that one agrees.

An old copy took its own entries back. What its venues did meanwhile is not known here, so the
node only reduces until each of them has shown a view without a difference. The causes are set in
the step of the start itself: the first that is recorded behind the entries taken back.

The local book has no such witness. What it executed behind the newest cosignature is lost, and
only people can know of it: the break `restored` says so until they have decided it. On a node
without outside venues nothing else stands for its caution, so the cause `restore:local` stands as
long as that break.
"""

from edgenode.core.breaks.opening import opened
from edgenode.core.observations import Act, Decision
from edgenode.core.restrictions.causes import RESTORE, lift, requotes, restrict
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.model.break_types import RESTORED
from edgenode.model.facts import BreakResolved
from edgenode.model.ids import LOCAL_VENUE, VenueId

RULE = "rule:reconcile"
LOST = "what was recorded here and never cosigned is lost; no outside venue can tell of it"


def decide(state: NodeState, venues: tuple[VenueId, ...], now_ns: int) -> Decision:
    """Restrict the node once for each venue that must be reconciled, or for want of any."""
    acts = [*opened(state, RESTORED, LOCAL_VENUE, LOST, now_ns)]
    for venue in venues or (LOCAL_VENUE,):
        told = (
            "no venue can tell what is lost"
            if venue == LOCAL_VENUE
            else f"{venue} is not reconciled yet"
        )
        acts += restrict(
            state,
            NODE,
            f"{RESTORE}:{venue}",
            "reducing",
            f"restored from an old copy: {told}",
            "this start took its own entries back",
            now_ns,
            by=RULE,
        )
    return Decision(tuple(acts), requotes(state))


def agreed(state: NodeState, venue: VenueId, now_ns: int) -> tuple[Act, ...]:
    """Return what lifts the cause of a venue that showed a view without a difference."""
    reason = f"{venue} and we agree"
    return lift(state, NODE, f"{RESTORE}:{venue}", reason, "its whole view", now_ns, by=RULE)


def decided(state: NodeState, decision: Decision, now_ns: int) -> Decision:
    """Return a decision of people with what it ends: the caution for want of a witness."""
    local = f"{RESTORED}:{LOCAL_VENUE}"
    for act in decision.acts:
        if isinstance(act.fact, BreakResolved) and act.fact.break_id == local:
            reason, persons = "people decided what was lost", ", ".join(act.fact.persons)
            ends = lift(state, NODE, f"{RESTORE}:{LOCAL_VENUE}", reason, persons, now_ns, by=RULE)
            return Decision((*decision.acts, *ends), (*decision.then, *requotes(state)))
    return decision
