"""What a trigger proposes: that something is watched, strains, or must stop new risk."""

from typing import NamedTuple

from edgenode.model.ids import InstrumentId, VenueId

BASIS, SLIPPAGE, FILL_RATE = "basis", "slippage", "fill_rate"


class Watched(NamedTuple):
    """One trigger at one venue and instrument, as it stands.

    `since_ns`: since when it would stop, None while it would not. One that grew to twice what it
    was when it began counts from there: what a person released was less.
    """

    kind: str
    venue: VenueId
    instrument: InstrumentId
    value: float  # the statistic; 0 while too little is known
    warns_at: float
    stops_at: float
    known: bool
    since_ns: int | None
    text: str  # what is seen, for people

    @property
    def cause(self) -> str:
        """Return the name of the restriction that it sets."""
        return cause_of(self.kind, self.venue, self.instrument)

    @property
    def state(self) -> str:
        """Return warming, quiet, warns or stops."""
        if not self.known:
            return "warming"
        if self.since_ns is not None:
            return "stops"
        return "warns" if abs(self.value) > self.warns_at else "quiet"


def cause_of(kind: str, venue: VenueId, instrument: InstrumentId) -> str:
    """Return the name of the restriction that a trigger sets."""
    return f"stress:{kind}:{venue}/{instrument}"
