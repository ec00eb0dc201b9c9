"""Venues whose whole view is owed and cannot be read: the cause `unreconciled:VENUE`.

    owed after                             three tries without a view      restricted
    -------------------------------------  ------------------------------  -------------------
    a start, a restore, a reconnect,       of one of several hedge venues  venue:V
    numbers out of order                   of every hedge venue            venue:V, and node

Until then nothing is compared: not positions and balances, the second witness, nor open orders.
A venue that only misses its turn of each minute is a problem of the status and no cause
(services/reconciler). Its next view lifts the cause, whatever the view shows.
"""

from edgenode.core.observations import Act, Decision, NotReconciled
from edgenode.core.restrictions.causes import UNRECONCILED, family, lift, requotes, restrict
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.model.ids import LOCAL_VENUE, VenueId

RULE = "rule:reconcile"


def decide(state: NodeState, told: NotReconciled, now_ns: int) -> Decision:
    """Restrict a venue, and the node if no hedge venue is left that could be reconciled."""
    cause = _cause(told.venue)
    reason = f"venue {told.venue} cannot be reconciled: {told.found}"
    words = (cause, "reducing", reason, told.found, now_ns)
    acts = restrict(state, f"venue:{told.venue}", *words, by=RULE)
    hedges = _hedge_venues(state)
    if told.venue in hedges and {*map(_cause, hedges - {told.venue})} <= _held(state):
        acts += restrict(state, NODE, *words, by=RULE)
    return Decision(acts, requotes(state) if acts else ())


def read(state: NodeState, venue: VenueId, now_ns: int) -> tuple[Act, ...]:
    """Return what lifts the cause of a venue whose view was read; the node has a witness again."""
    reason, evidence = f"{venue} is reconciled", "its whole view"
    acts = lift(state, f"venue:{venue}", _cause(venue), reason, evidence, now_ns, by=RULE)
    hedges = venue in _hedge_venues(state)
    for cause in state.restrictions.held.get(NODE, ()):
        if cause == _cause(venue) or (hedges and family(cause) == UNRECONCILED):
            acts += lift(state, NODE, cause, reason, evidence, now_ns, by=RULE)
    return acts


def _cause(venue: VenueId) -> str:
    return f"{UNRECONCILED}:{venue}"


def _hedge_venues(state: NodeState) -> set[VenueId]:
    """Return the outside venues that policy hedges at."""
    policy = state.rules.policy
    venues = {one.venue for one in policy.overlay_venues} if policy is not None else set()
    return venues - {LOCAL_VENUE}


def _held(state: NodeState) -> set[str]:
    return {cause for scope, cause, _ in state.restrictions.rows() if scope.startswith("venue:")}
