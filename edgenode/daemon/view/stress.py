"""The triggers in outward shapes: what each sees, what it would stop at, and what it warns of."""

from collections.abc import Iterator

from edgenode.core.estimate.stops.alarm import Watched
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view.units import Json
from edgenode.model.instants import instant


def rows(state: NodeState, seen: Seen) -> list[Json]:
    """Return each trigger as it stands; none where nothing is estimated.

    `state` is warming, quiet, warns or stops: what is seen now. `stopped`: its cause restricts.
    """
    held = {cause for _, cause, _ in state.restrictions.rows()}
    return [
        {
            "kind": row.kind,
            "venue": row.venue,
            "instrument": row.instrument,
            "state": row.state,
            "value": f"{row.value:.2f}",
            "warns_at": f"{row.warns_at:g}",
            "stops_at": f"{row.stops_at:g}",
            "since": None if row.since_ns is None else instant(row.since_ns),
            "stopped": row.cause in held,
            "cause": row.cause,
            "text": row.text,
        }
        for row in _watched(state, seen)
    ]


def problems(shown: list[Json]) -> list[Json]:
    """Return what strains and is not stopped: a person may look before it is."""
    return [
        {
            "code": "EN602",
            "severity": "warning",
            "text": f"{row['kind'].replace('_', ' ').capitalize()} of {row['venue']} in "
            f"{row['instrument']} strains: {row['text']} (stops beyond {row['stops_at']})",
            "do": "Look at the venue: beyond that, new risk is stopped. edgenode help stops",
            "since": row["since"],
        }
        for row in shown
        if row["state"] in {"warns", "stops"} and not row["stopped"]
    ]


def _watched(state: NodeState, seen: Seen) -> Iterator[Watched]:
    if seen.estimates is not None:
        yield from seen.estimates.watch.rows(state.hedged, state.restrictions.released)
