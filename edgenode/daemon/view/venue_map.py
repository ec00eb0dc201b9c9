"""The venue map in outward shapes: what each outside venue is like. Figures are estimates."""

from edgenode.core.estimate.venues import hedges
from edgenode.core.estimate.venues.books import Mean, VenueBooks
from edgenode.core.estimate.venues.hedges import PPM_PER_BP
from edgenode.core.seen import Seen
from edgenode.core.state.hedged import Hedged
from edgenode.core.state.node_state import NodeState
from edgenode.daemon.view.units import Json
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import VenueId
from edgenode.model.instants import instant
from edgenode.model.money import format_decimal

SCHEMA = "edgenode.venues/1"
DAY_NS = 86_400_000_000_000
EVENTS_DAYS = 30
PARTS = (4, 2, 1)  # of the largest order, of which a curve is shown
HOURS = 168


def venue_map(state: NodeState, seen: Seen, now_ns: int) -> Json:
    """Return each venue of policy by instrument, those of the most events first."""
    policy, estimates = state.rules.policy, seen.estimates
    rows: list[Json] = []
    if policy is not None and estimates is not None:
        for instrument in state.rules.instruments.values():
            shares = hedges.shares(state.hedged, instrument.id)
            for venue in _venues(policy):
                went = hedges.rows(state.hedged, venue, instrument.id)
                missed_ppm = hedges.miss_ppm(went, estimates.variance(instrument.id))
                books = estimates.books.known.get((venue, instrument.id))
                age_ms = seen.age_ms(venue, instrument.id, now_ns)
                rows.append(
                    {
                        "venue": venue,
                        "instrument": instrument.id,
                        **_policy(policy, venue),
                        "book_age_ms": age_ms,
                        "stale": age_ms is None or age_ms > policy.reference_age_ms_max,
                        "books": _books(books, instrument),
                        "orders": {
                            "ended": len(went),
                            "executed": _short(hedges.executed(went)),
                            "fill_ratio": _short(hedges.fill_ratio(went)),
                            "missed_bp": _short(missed_ppm / PPM_PER_BP),
                            "share": _short(shares.get(venue)),
                            "curve": _curve(state.hedged, instrument, venue),
                        },
                        "events_30d": hedges.events(went, now_ns - EVENTS_DAYS * DAY_NS),
                    }
                )
    rows.sort(key=lambda row: (-row["events_30d"], row["instrument"], row["venue"]))
    return {"schema": SCHEMA, "at": instant(now_ns), "venues": rows}


def _venues(policy: Policy) -> list[VenueId]:
    return sorted({policy.reference_venue, *(venue.venue for venue in policy.overlay_venues)})


def _policy(policy: Policy, venue: VenueId) -> Json:
    """Return what policy says of a venue."""
    hedge = next((one for one in policy.overlay_venues if one.venue == venue), None)
    return {
        "uses": [
            *(["reference"] if venue == policy.reference_venue else []),
            *(["hedges"] if hedge is not None else []),
        ],
        "fee_bp": None if hedge is None else _short(hedge.fee_ppm / PPM_PER_BP),
        "stale_bp": None if hedge is None else _short(hedge.stale_ppm / PPM_PER_BP),
    }


def _books(known: VenueBooks | None, instrument: Instrument) -> Json | None:
    """Return what its books are like; None if none came since the start."""
    if known is None:
        return None
    depth = known.depth_lots.value
    return {
        "spread_bp": _mean(known.spread_bp),
        "depth": None
        if depth is None
        else format_decimal(round(depth), instrument.quantity_decimals),
        "basis_bp": _mean(known.basis_bp),
        "lag_ms": _mean(known.lag_ms),
        "hours_seen": known.open_hours,
        "hours": [hour for hour in range(HOURS) if known.hours[hour]],
    }


def _curve(hedged: Hedged, instrument: Instrument, venue: VenueId) -> list[Json]:
    """Return the shortfall of a quarter, half and whole of the largest executed order."""
    points = hedges.all_points(hedged, instrument.id)
    most = round(max((point.lots for point in points), default=0))
    rows = []
    for part in PARTS:
        lots = most // part
        cost = hedges.cost_bp(hedged, venue, instrument.id, lots) if lots else None
        if cost is not None:
            quantity = format_decimal(lots, instrument.quantity_decimals)
            rows.append({"quantity": quantity, "cost_bp": _short(cost)})
    return rows


def _mean(of: Mean) -> float | None:
    return _short(of.value)


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
