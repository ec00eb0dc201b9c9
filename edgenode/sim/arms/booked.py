"""What a ledger books of its executions over time, by the fold's own algebra (core/state/fills).

A fill that was busted is taken out again when the ledger learns of it, and a corrected one is
exchanged; of executions in dispute only what all reports agree on is in the books.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.core.state.execution import key_of
from edgenode.core.state.fills import Change, Fills
from edgenode.model.facts import (
    Fact,
    FeeRecorded,
    FillBusted,
    FillCorrected,
    FillDisputed,
    FillRecorded,
)


class Booking(NamedTuple):
    """An execution that goes into the books (`times` = 1), or out of them again (-1)."""

    at_ns: int
    times: int
    fill: FillRecorded


@dataclass(slots=True)
class Booked:
    """Every booking in the ledger's order, and what evidence there was."""

    bookings: list[Booking] = field(default_factory=list)
    duplicates: int = 0  # executions that were booked once more; none, where all is well
    busts: int = 0
    corrections: int = 0
    disputes: int = 0

    @property
    def standing(self) -> int:
        """Count the executions that are in the books at the end."""
        return sum(booking.times for booking in self.bookings)


def booked(facts: Iterable[Fact]) -> Booked:
    """Book a whole ledger's executions."""
    fills, found = Fills(), Booked()
    for seq, fact in enumerate(facts, start=1):
        match fact:
            case FillRecorded():
                _recorded(fills, found, fact, seq)
            case FeeRecorded():
                _changed(found, fact.at_ns, fills.fee_recorded(fact, seq))
            case FillDisputed():
                found.disputes += 1
                _changed(found, fact.at_ns, fills.contradicted(fact))
            case FillCorrected():
                found.corrections += 1
                _changed(found, fact.at_ns, fills.corrected(fact))
            case FillBusted():
                found.busts += 1
                _changed(found, fact.at_ns, fills.busted(fact))
            case _:
                pass
    return found


def _recorded(fills: Fills, found: Booked, fact: FillRecorded, seq: int) -> None:
    key = key_of(fact)
    if fills.holds(key) and fills.execution(key) is None:  # its name had left the state
        found.duplicates += 1
        change = Change((), (fact,))
    else:
        change = fills.recorded(fact, seq)
    _changed(found, fact.at_ns if change.out else fact.venue_time_ns, change)


def _changed(found: Booked, at_ns: int, change: Change) -> None:
    """Note a change; what the ledger learns later takes effect when it learns it."""
    found.bookings += [Booking(max(at_ns, out.venue_time_ns), -1, out) for out in change.out]
    found.bookings += [Booking(max(at_ns, held.venue_time_ns), 1, held) for held in change.into]
