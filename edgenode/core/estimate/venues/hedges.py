"""How our hedges fared at venues, by the rows that the state keeps of them (core/state/hedged).

A hedge that does not execute waits a slice, and most likely because prices moved away from it:
what it is expected to lose is (1 - fill ratio) x the mean move of a slice, sqrt(2 / pi) x sigma
for a normal one.
"""

import math
from collections.abc import Sequence

from edgenode.core.estimate.venues import curve
from edgenode.core.estimate.venues.curve import Point
from edgenode.core.state.hedged import Hedged, HedgeKey, Rows, Went
from edgenode.model.ids import NO_EVENT, InstrumentId, VenueId

WHOLE = 10  # hedges executed whole, as which a venue begins
SLICE_S, MINUTE_S = 5, 60
PPM, PPM_PER_BP = 1_000_000, 100
MISS_PPM_MAX = 5_000
MEAN_MOVE = math.sqrt(2 / math.pi)
NONE = Rows()


def rows(hedged: Hedged, venue: VenueId, instrument: InstrumentId) -> Sequence[Went]:
    """Return the newest hedges of a venue and instrument, oldest first."""
    return hedged.went.get(HedgeKey(venue, instrument), NONE).newest


def executed(went: Sequence[Went]) -> float | None:
    """Return what hedges executed of what was ordered, on the mean; None of none."""
    shares = [min(1.0, row.filled_lots / row.ordered_lots) for row in went]
    return sum(shares) / len(shares) if shares else None


def fill_ratio(went: Sequence[Went]) -> float:
    """Return what of the next hedge is expected; a new venue is taken to execute all."""
    return ((executed(went) or 0.0) * len(went) + WHOLE) / (len(went) + WHOLE)


def miss_ppm(went: Sequence[Went], variance: float | None) -> int:
    """Return what not being executed is expected to lose, of the price.

    `variance` is the mean square of one-minute returns; unknown, nothing is expected.
    """
    missed = 1 - fill_ratio(went)
    if not variance or missed <= 0:
        return 0
    move = MEAN_MOVE * math.sqrt(variance * SLICE_S / MINUTE_S)
    return min(MISS_PPM_MAX, round(missed * move * PPM))


def cost_bp(hedged: Hedged, venue: VenueId, instrument: InstrumentId, lots: int) -> float | None:
    """Return the shortfall that a hedge of this size is expected to have at a venue."""
    own = points(rows(hedged, venue, instrument))
    return curve.shrunk(own, all_points(hedged, instrument), lots)


def points(went: Sequence[Went]) -> list[Point]:
    """Return sizes and shortfalls of what was executed."""
    return [
        Point(row.filled_lots, row.cost_ppm / PPM_PER_BP)
        for row in went
        if row.cost_ppm is not None and row.filled_lots
    ]


def all_points(hedged: Hedged, instrument: InstrumentId) -> list[Point]:
    """Return those of all venues of an instrument."""
    kept = (of.newest for key, of in hedged.went.items() if key.instrument == instrument)
    return [point for went in kept for point in points(went)]


def shares(hedged: Hedged, instrument: InstrumentId) -> dict[VenueId, float]:
    """Return what each venue executed, of all that was executed by the newest hedges."""
    lots = {
        key.venue: sum(row.filled_lots for row in of.newest)
        for key, of in hedged.went.items()
        if key.instrument == instrument
    }
    total = sum(lots.values())
    return {venue: part / total for venue, part in lots.items()} if total else {}


def events(went: Sequence[Went], since_ns: int) -> int:
    """Count the micro-events in which hedges were executed since then."""
    met = {row.event_id for row in went if row.filled_lots and row.at_ns >= since_ns}
    return len(met - {NO_EVENT})
