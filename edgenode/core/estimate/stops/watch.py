"""All triggers, by venue and instrument: those that look at the market, and at hedges."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from edgenode.core.estimate.stops import basis
from edgenode.core.estimate.stops.alarm import BASIS, Watched
from edgenode.core.estimate.stops.basis import Basis
from edgenode.core.estimate.stops.hedges import Hedges
from edgenode.core.state.hedged import Hedged
from edgenode.model.ids import InstrumentId, VenueId

VENUES_MAX = 256  # venues times instruments: more are not watched


@dataclass(slots=True)
class Watch:
    """The bases of hedge venues, and how hedges went. Prices are in the instrument's ticks."""

    bases: dict[tuple[InstrumentId, VenueId], Basis] = field(default_factory=dict)
    _hedges: Hedges = field(default_factory=Hedges)

    def saw_reference(self, name: InstrumentId, at_ns: int, ticks: int) -> None:
        """Take a mid of the reference; `at_ns` is when it came."""
        for (instrument, _), held in self.bases.items():
            if instrument == name:
                held.saw_reference(at_ns, ticks)

    def saw_venue(self, name: InstrumentId, venue: VenueId, at_ns: int, ticks: int) -> None:
        """Take a mid of a hedge venue."""
        held = self.bases.get((name, venue))
        if held is None:
            if len(self.bases) >= VENUES_MAX:
                return
            held = self.bases[name, venue] = Basis()
        held.saw_venue(at_ns, ticks)

    def warm(
        self, name: InstrumentId, venue: VenueId, mids: Iterable[tuple[int, int, int]]
    ) -> None:
        """Begin anew from earlier minutes (ns, the venue's mid, the reference's), oldest first."""
        held = self.bases[name, venue] = Basis()
        for at_ns, of_venue, of_reference in mids:
            held.saw_reference(at_ns, of_reference)
            held.saw_venue(at_ns, of_venue)

    def rows(self, hedged: Hedged, released: Mapping[str, int]) -> Iterator[Watched]:
        """Yield each trigger as it stands; `released`: when a person released each cause."""
        yield from self.of_market()
        yield from self._hedges.rows(hedged, released)

    def of_market(self) -> Iterator[Watched]:
        """Yield each basis as it stands, in order of names."""
        for (name, venue), held in sorted(self.bases.items()):
            yield Watched(
                kind=BASIS,
                venue=venue,
                instrument=name,
                value=held.score,
                warns_at=basis.WARNS,
                stops_at=basis.STOPS,
                known=held.known,
                since_ns=held.since_ns,
                text=held.text,
            )
