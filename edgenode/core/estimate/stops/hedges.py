"""The triggers that look at how hedges went, by venue and instrument.

They have no memory of their own: all is in the rows that the state keeps, so a start, a fold and
a copy judge as the life did. What was judged is kept until another hedge ends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edgenode.core.estimate.stops import fill_rate, slippage
from edgenode.core.estimate.stops.alarm import FILL_RATE, SLIPPAGE, Watched, cause_of
from edgenode.core.state.hedged import Hedged, HedgeKey, Rows

Judged = slippage.Slippage | fill_rate.FillRate
Of = tuple[int, int, int, int]  # changes that there ever were, the newest; releases of each kind


@dataclass(slots=True)
class Hedges:
    """What was judged, for as long as it stands."""

    _found: dict[HedgeKey, tuple[Of, tuple[Watched, Watched]]] = field(default_factory=dict)

    def rows(self, hedged: Hedged, released: Mapping[str, int]) -> Iterator[Watched]:
        """Yield each trigger as it stands, in order of names."""
        if len(self._found) > len(hedged.went):
            self._found = {k: v for k, v in self._found.items() if k in hedged.went}
        for key, rows in sorted(hedged.went.items()):
            first = released.get(cause_of(SLIPPAGE, *key), -1)
            second = released.get(cause_of(FILL_RATE, *key), -1)
            of = rows.count, rows.newest[-1].at_ns, first, second
            held = self._found.get(key)
            if held is None or held[0] != of:
                found = _of_slippage(key, rows, first), _of_fill_rate(key, rows, second)
                held = self._found[key] = of, found
            yield from held[1]


def _watched(kind: str, key: HedgeKey, found: Judged, warns_at: float, stops_at: float) -> Watched:
    return Watched(
        kind=kind,
        venue=key.venue,
        instrument=key.instrument,
        value=found.score,
        warns_at=warns_at,
        stops_at=stops_at,
        known=found.known,
        since_ns=found.since_ns,
        text=found.text,
    )


def _of_slippage(key: HedgeKey, rows: Rows, released_ns: int) -> Watched:
    found = slippage.judged(rows.newest, released_ns)
    return _watched(SLIPPAGE, key, found, slippage.WARNS, slippage.H)


def _of_fill_rate(key: HedgeKey, rows: Rows, released_ns: int) -> Watched:
    found = fill_rate.judged(rows.newest, released_ns)
    return _watched(FILL_RATE, key, found, fill_rate.WARNS, fill_rate.H)
