"""What the estimates make of one instrument as it is seen now, for hedges and quotes alike."""

from typing import NamedTuple

from edgenode.core.estimate import edges as estimate
from edgenode.core.estimate.edges import Edges, Shown, Sight
from edgenode.core.hedge.children import fresh_books
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Instrument, Policy


class Look(NamedTuple):
    """A market's figures, and the edges of the no-trade region that follow from them."""

    sight: Sight
    edges: Edges


def look(
    state: NodeState, seen: Seen, policy: Policy, instrument: Instrument, now_ns: int
) -> Look | None:
    """Look at one instrument; None where policy sets no risk aversion, or nothing is seen."""
    reference = seen.reference(policy, instrument.id, now_ns)
    if not policy.risk_aversion_ppm or seen.estimates is None or reference is None:
        return None
    shown = Shown(reference.ticks, tuple(fresh_books(seen, policy, instrument, now_ns)))
    sight = estimate.sight(policy, instrument, shown, seen.estimates, now_ns)
    if sight is None:
        return None
    held = state.mandates.mandates.get(instrument.id)
    core = seen.estimates.linked and held is not None and now_ns < held.valid_until
    exposure = state.exposure(instrument.id)
    to_take = exposure.agreed + exposure.mandate
    return Look(sight, estimate.proposed(policy, instrument, sight, to_take, core=core))
