"""Scheduled events: what the calendar file says, a row a line.

    begins,ends,name,instrument
    2026-12-04T18:00:00+01:00,2026-12-04T19:00:00+01:00,Friday drop,WETH-USDC

A row that is none is told with its line and loses no other. An empty instrument means all.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edgenode.model.errors import RefusedError
from edgenode.model.instants import nanoseconds

SECOND_NS = 1_000_000_000
COLUMNS = ("begins", "ends", "name", "instrument")
EVENTS_MAX, NAME_MAX, LONGEST_S = 1_000, 80, 7 * 86_400
TOLD_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """One scheduled event; `instrument` "" is all."""

    begins_s: int
    ends_s: int
    name: str
    instrument: str = ""

    @property
    def event_id(self) -> str:
        """Return the id of its micro-event: another one if anything of it changes."""
        told = f"{self.ends_s}|{self.name}|{self.instrument}".encode()
        return f"cal-{self.begins_s}-{hashlib.sha256(told).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The events in order of their begin, and the lines that are none: (line, what was found)."""

    events: tuple[Scheduled, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()

    def near(self, now_s: int, ahead_s: int) -> list[Scheduled]:
        """Return the events that run, or begin within a time."""
        return [e for e in self.events if e.ends_s > now_s and e.begins_s <= now_s + ahead_s]


def read(rows: Iterable[tuple[int, Mapping[str, str]]]) -> Calendar:
    """Return the calendar of rows by column, each with its line."""
    events: set[Scheduled] = set()
    refused: list[tuple[int, str]] = []
    for line, row in rows:
        try:
            if len(events) >= EVENTS_MAX:
                raise _no_event(f"more than {EVENTS_MAX} events")
            events.add(_event(row))
        except RefusedError as error:
            if len(refused) < TOLD_MAX:
                refused.append((line, error.found))
    order = sorted(events, key=lambda e: (e.begins_s, e.ends_s, e.name, e.instrument))
    return Calendar(tuple(order), tuple(refused))


def _event(row: Mapping[str, str]) -> Scheduled:
    begins_s, ends_s = (nanoseconds(row.get(c, "").strip()) // SECOND_NS for c in COLUMNS[:2])
    name, instrument = (row.get(c, "").strip() for c in COLUMNS[2:])
    if not begins_s < ends_s <= begins_s + LONGEST_S:
        raise _no_event("an end that is not within 7 days after the begin")
    if not 0 < len(name) <= NAME_MAX or len(instrument) > NAME_MAX or not name.isprintable():
        raise _no_event(f"a name of {len(name)} characters")
    return Scheduled(begins_s=begins_s, ends_s=ends_s, name=name, instrument=instrument)


def _no_event(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="begins,ends,name,instrument; a name of 1 to 80 characters",
        do="correct this line",
        code="EN002",
    )
