"""Stress triggers: a venue that left what it was like stops new risk (`stress:KIND:VENUE/NAME`).

    kind       what left its bounds                         judged by
    ---------  -------------------------------------------  ------------------------------------
    basis      the venue's mid against the reference        core/estimate/stops/basis
    slippage   what hedges cost there                       core/estimate/stops/slippage
    fill_rate  how many of them fill                        core/estimate/stops/fill_rate

    restricted by it, to `reducing`   if
    --------------------------------  ----------------------------------------------------------
    venue:VENUE                       policy has another hedge venue that no trigger stops
    instrument:NAME                   it has none, or none any more: nothing is left to hedge at

Estimates propose; what is recorded is that a trigger stopped, what it saw and since when. It is
latched: only a person's release ends it, and then the same excursion does not set it again, unless
it grows to twice what it was. Stage one is that alone: no new risk, at once and for everybody.
Stage two is what `reducing` leaves: the programme hedges and unwinds what is exposed, within its
caps, grants and slices, and elsewhere where it can; nothing is sold for being stopped.
"""

from edgenode.core.estimate.stops.alarm import Watched
from edgenode.core.observations import Act
from edgenode.core.restrictions.causes import STRESS, family, restrict
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Policy
from edgenode.model.ids import LOCAL_VENUE, InstrumentId, VenueId
from edgenode.model.instants import instant

RULE = "rule:stress"


def due(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> list[Act]:
    """Return what sets the causes of all triggers that stop now and were not released for it."""
    acts: list[Act] = []
    if seen.estimates is None or not policy.overlay_enabled:
        return acts
    hedges = {one.venue for one in policy.overlay_venues} - {LOCAL_VENUE}
    acts += _without_another(state, hedges, now_ns)
    stopped: set[tuple[VenueId, InstrumentId]] = set()
    released = state.restrictions.released
    for row in seen.estimates.watch.rows(state.hedged, released):
        since_ns = row.since_ns
        if since_ns is None or row.venue not in hedges or not _known(state, row):
            continue
        if since_ns <= released.get(row.cause, -1) or _stands(state, row):
            continue
        stopped.add((row.venue, row.instrument))
        left = [
            venue
            for venue in hedges
            if (venue, row.instrument) not in stopped and not stops(state, venue, row.instrument)
        ]
        scope = f"venue:{row.venue}" if left else f"instrument:{row.instrument}"
        words = _reason(row), _evidence(row, since_ns)
        acts += restrict(state, scope, row.cause, "reducing", *words, now_ns, by=RULE)
    return acts


def _without_another(state: NodeState, hedges: set[VenueId], now_ns: int) -> list[Act]:
    """Return what stops an instrument too, once policy names no other venue than a stopped one."""
    acts: list[Act] = []
    for scope, cause, row in state.restrictions.rows():
        kind, _, venue = scope.partition(":")
        if kind != "venue" or venue not in hedges or family(cause) != STRESS:
            continue
        name = InstrumentId(cause.rpartition("/")[2])
        whole = f"instrument:{name}"
        stands = any(family(one) == STRESS for one in state.restrictions.held.get(whole, ()))
        if not stands and all(stops(state, each, name) for each in hedges):
            words = row.reason, row.evidence
            acts += restrict(state, whole, cause, "reducing", *words, now_ns, by=RULE)
    return acts


def stops(state: NodeState, venue: VenueId, name: InstrumentId) -> bool:
    """Return whether a trigger stops a venue for an instrument.

    Hedges go there only where no other venue is left: a price that left its basis looks best.
    """
    ends = f":{venue}/{name}"
    return bool(state.restrictions.held) and any(
        family(cause) == STRESS and cause.endswith(ends)
        for _, cause, _ in state.restrictions.rows()
    )


def _known(state: NodeState, row: Watched) -> bool:
    return row.instrument in state.rules.instruments


def _stands(state: NodeState, row: Watched) -> bool:
    return any(cause == row.cause for _, cause, _ in state.restrictions.rows())


def _reason(row: Watched) -> str:
    return f"{row.kind.replace('_', ' ')} of {row.venue} in {row.instrument}: {row.text}"


def _evidence(row: Watched, since_ns: int) -> str:
    return f"{row.value:.2f}, stops beyond {row.stops_at:g}, since {instant(since_ns)}"
