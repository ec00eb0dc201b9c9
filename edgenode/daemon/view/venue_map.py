"""The venue map in outward shapes: what each outside venue is like. Figures are estimates."""

from edgenode.core.estimate.venues.books import Mean, VenueBooks
from edgenode.core.estimate.venues.venue_map import VenueMap
from edgenode.core.seen import Seen
from edgenode.core.state.rules import Rules
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


def venue_map(rules: Rules, seen: Seen, now_ns: int) -> Json:
    """Return each venue of policy by instrument, those of the most events first."""
    policy, estimates = rules.policy, seen.estimates
    rows: list[Json] = []
    if policy is not None and estimates is not None:
        for instrument in rules.instruments.values():
            shares = estimates.venues.children.shares(instrument.id)
            for venue in _venues(policy):
                missed_ppm = estimates.miss_ppm(venue, instrument.id)
                row = _row(estimates.venues, policy, instrument, venue, now_ns)
                row["orders"]["share"] = _short(shares.get(venue))
                row["orders"]["missed_bp"] = _short(missed_ppm / 100)
                rows.append(row)
    rows.sort(key=lambda row: (-row["events_30d"], row["instrument"], row["venue"]))
    return {"schema": SCHEMA, "at": instant(now_ns), "venues": rows}


def _venues(policy: Policy) -> list[VenueId]:
    return sorted({policy.reference_venue, *(venue.venue for venue in policy.overlay_venues)})


def _row(
    known: VenueMap, policy: Policy, instrument: Instrument, venue: VenueId, now_ns: int
) -> Json:
    hedge = next((one for one in policy.overlay_venues if one.venue == venue), None)
    uses = ["reference"] * (venue == policy.reference_venue) + ["hedges"] * (hedge is not None)
    key = venue, instrument.id
    ended = known.children.ended.get(key, ())
    return {
        "venue": venue,
        "instrument": instrument.id,
        "uses": uses,
        "fee_bp": None if hedge is None else _short(hedge.fee_ppm / 100),
        "stale_bp": None if hedge is None else _short(hedge.stale_ppm / 100),
        "books": _books(known.books.get(key), instrument),
        "orders": {
            "ended": len(ended),
            "executed": _short(known.children.executed(*key)),
            "fill_ratio": _short(known.children.fill_ratio(*key)),
            "curve": _curve(known, instrument, venue),
        },
        "events_30d": known.children.events(*key, now_ns - EVENTS_DAYS * DAY_NS),
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


def _curve(known: VenueMap, instrument: Instrument, venue: VenueId) -> list[Json]:
    """Return the shortfall of a quarter, half and whole of the largest executed order."""
    points = known.children.all_points(instrument.id)
    most = round(max((point.lots for point in points), default=0))
    rows = []
    for part in PARTS:
        lots = most // part
        cost = known.cost_bp(venue, instrument.id, lots) if lots else None
        if cost is not None:
            quantity = format_decimal(lots, instrument.quantity_decimals)
            rows.append({"quantity": quantity, "cost_bp": _short(cost)})
    return rows


def _mean(of: Mean) -> float | None:
    return _short(of.value)


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
