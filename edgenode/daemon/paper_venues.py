"""What the policy of a PAPER node says of an outside venue."""

from edgenode.model.facts import OverlayVenue, StandardHedge
from edgenode.model.ids import InstrumentId, VenueAccount, VenueId

COST_MAX = 500_000_000  # minor units of the policy's currency


def standard(venue: VenueId, instrument: InstrumentId) -> StandardHedge:
    """List a venue's hedges of up to one slice's size as needing no approval."""
    return StandardHedge(
        instrument=instrument,
        venue=venue,
        side="*",
        type="limit",
        quantity_lots_max=1_000,
        cost_max=COST_MAX,
    )


def overlay_venue(venue: VenueId, reference_venue: str, fee_ppm: int) -> OverlayVenue:
    """Return a venue of the demo's kind; a late publisher costs 2 bp more to trust."""
    late = venue != reference_venue
    return OverlayVenue(
        venue=venue,
        venue_account=VenueAccount("desk"),
        fee_ppm=fee_ppm,
        age_ms_max=45_000 if late else 10_000,
        stale_ppm=200 if late else 0,
    )
