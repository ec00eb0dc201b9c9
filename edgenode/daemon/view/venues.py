"""What is wrong with venues, as far as the process alone knows it."""

from collections.abc import Sequence

from edgenode.core.restrictions.causes import UNRECONCILED
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view.units import Json, duration
from edgenode.model.instants import instant
from edgenode.services.reconciler import TRIES_TOLD, Failing


def problems(state: NodeState, failing: Sequence[Failing], now_ns: int) -> list[Json]:
    """Return a problem for each venue that is tried in vain and is no named cause yet."""
    rows = []
    for one in failing:
        cause = state.restrictions.find(f"venue:{one.venue}", f"{UNRECONCILED}:{one.venue}")
        if one.tries >= TRIES_TOLD and cause is None:
            rows.append(_problem(one, now_ns))
    return rows


def _problem(one: Failing, now_ns: int) -> Json:
    tried = duration(now_ns - one.since_ns)
    return {
        "code": "EN302",
        "severity": "warning",
        "text": f"Venue {one.venue} could not be reconciled for {tried}: {one.found}",
        "do": "Look at the venue and the path to it: positions and balances are not compared",
        "since": instant(one.since_ns),
    }
