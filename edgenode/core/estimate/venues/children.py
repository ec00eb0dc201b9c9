"""How our orders fared at outside venues, by what the ledger says of those that have ended.

An order is read once it is done. What is executed, busted or corrected afterwards changes nothing
here: it is an estimate of a venue, not of money.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.core.estimate.venues.curve import Point
from edgenode.model.facts import Fact, FillRecorded, OrderDone, OrderGated
from edgenode.model.ids import (
    DESK_OVERLAY,
    LOCAL_VENUE,
    NO_EVENT,
    EventId,
    InstrumentId,
    OrderId,
    VenueId,
)
from edgenode.model.orders import sign

BP = 10_000
KEPT = 256  # newest ended orders of a venue and instrument
OPEN_MAX = 1_024
WHOLE = 10  # orders executed whole, as which a venue begins
NOT_THERE = frozenset({"never_sent", "never_received", "decided"})  # no venue's answer
Key = tuple[VenueId, InstrumentId]


class Child(NamedTuple):
    """An order that has ended: lots, what of them was executed, and its shortfall."""

    sent_ns: int
    event_id: EventId
    lots: int
    filled: int
    cost_bp: float | None  # against the reference at the send, fees apart; None: not known


@dataclass(slots=True)
class _Open:
    gated: OrderGated
    filled: int = 0
    paid: int = 0  # lots x ticks


@dataclass(slots=True)
class Children:
    """The newest ended orders of each venue and instrument; bounded."""

    ended: dict[Key, deque[Child]] = field(default_factory=dict)
    _open: dict[OrderId, _Open] = field(default_factory=dict)

    def take(self, fact: Fact) -> None:
        """Take what was recorded; of other kinds it is nothing."""
        match fact:
            case OrderGated() if fact.account == DESK_OVERLAY and fact.venue != LOCAL_VENUE:
                self._open[fact.order_id] = _Open(fact)
                if len(self._open) > OPEN_MAX:
                    del self._open[next(iter(self._open))]
            case FillRecorded() if fact.order_id in self._open:
                held = self._open[fact.order_id]
                held.filled += fact.quantity_lots
                held.paid += fact.quantity_lots * fact.price_ticks
            case OrderDone() if fact.order_id in self._open:
                held = self._open.pop(fact.order_id)
                if fact.reason not in NOT_THERE:
                    self._ended(held)
            case _:
                pass

    def _ended(self, held: _Open) -> None:
        gated = held.gated
        reference, cost = gated.saw.reference_ticks, None
        if reference and held.filled:
            mean = held.paid / held.filled
            cost = sign(gated.side) * (mean - reference) / reference * BP
        key = gated.venue, gated.instrument
        kept = self.ended.setdefault(key, deque(maxlen=KEPT))
        filled = min(held.filled, gated.quantity_lots)
        kept.append(Child(gated.at_ns, gated.event_id, gated.quantity_lots, filled, cost))

    def executed(self, venue: VenueId, instrument: InstrumentId) -> float | None:
        """Return what the newest orders executed on the mean; None before the first."""
        kept = self.ended.get((venue, instrument), ())
        return sum(child.filled / child.lots for child in kept) / len(kept) if kept else None

    def fill_ratio(self, venue: VenueId, instrument: InstrumentId) -> float:
        """Return what of the next order is expected; a new venue is taken to execute all."""
        ended = len(self.ended.get((venue, instrument), ()))
        executed = self.executed(venue, instrument) or 0.0
        return (executed * ended + WHOLE) / (ended + WHOLE)

    def events(self, venue: VenueId, instrument: InstrumentId, since_ns: int) -> int:
        """Count the micro-events in which orders of ours were executed there."""
        kept = self.ended.get((venue, instrument), ())
        met = {one.event_id for one in kept if one.filled and one.sent_ns >= since_ns}
        return len(met - {NO_EVENT})

    def points(self, venue: VenueId, instrument: InstrumentId) -> list[Point]:
        """Return the sizes and shortfalls of orders at a venue."""
        return _points(self.ended.get((venue, instrument), ()))

    def all_points(self, instrument: InstrumentId) -> list[Point]:
        """Return those of all venues of an instrument."""
        return [
            point
            for (_, traded), kept in self.ended.items()
            if traded == instrument
            for point in _points(kept)
        ]

    def shares(self, instrument: InstrumentId) -> dict[VenueId, float]:
        """Return what each venue executed of all that was executed by the newest orders."""
        lots = {
            venue: sum(child.filled for child in kept)
            for (venue, traded), kept in self.ended.items()
            if traded == instrument
        }
        total = sum(lots.values())
        return {venue: part / total for venue, part in lots.items()} if total else {}


def _points(kept: Iterable[Child]) -> list[Point]:
    return [Point(child.filled, child.cost_bp) for child in kept if child.cost_bp is not None]
