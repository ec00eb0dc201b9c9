"""The file of scheduled events, read again whenever it changes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from edgenode.adapters.csv_file import CsvFile
from edgenode.core.observations import CalendarRead, PlannedEvent
from edgenode.core.signals import calendar
from edgenode.core.signals.calendar import Calendar, Scheduled
from edgenode.model.errors import EdgenodeError, RefusedError
from edgenode.model.ids import EventId

log = structlog.get_logger()
LOOK_S = 5.0
AHEAD_S = 3_600  # how long before its begin an event is recorded
SECOND_NS = 1_000_000_000
Tell = Callable[[CalendarRead], Awaitable[None]]


@dataclass(slots=True)
class CalendarFile:
    """The calendar as it was last read whole; a file that cannot be read leaves it in force."""

    path: Path
    calendar: Calendar = field(default_factory=Calendar)
    error: EdgenodeError | None = None
    now_s: Callable[[], int] = lambda: 0  # market time
    read: Callable[[Calendar], None] | None = None  # hears each calendar that was read
    tell: Tell | None = None  # hears what runs or begins soon, whenever that changes
    _stamp: tuple[int, int] | None = None  # of what was read last; None is read again
    _whole: bool = False  # it was read once
    _told: CalendarRead | None = None

    async def run(self) -> None:
        """Look every few seconds until canceled."""
        while True:
            await self.look()
            await self.announce()
            await asyncio.sleep(LOOK_S)

    async def announce(self) -> None:
        """Tell what runs or begins soon, if that is not told yet.

        Killed here: the next start tells it again, and what is recorded is not recorded twice.
        """
        if self.tell is None or not self._whole:
            return
        near = self.calendar.near(self.now_s(), AHEAD_S)
        read = CalendarRead(tuple(map(_planned, near)))
        if read != self._told:
            await self.tell(read)
            self._told = read

    async def look(self) -> None:
        """Read the file if it changed, or could not be read at the last look."""
        try:
            stat = await asyncio.to_thread(self.path.stat)
            stamp = stat.st_size, stat.st_mtime_ns
        except OSError:
            stamp = (0, -1)
        if stamp == self._stamp:
            return
        try:
            self.calendar = await asyncio.to_thread(self._read)
        except EdgenodeError as error:
            if str(error) != str(self.error):
                log.warning("calendar_refused", found=error.found)
            self.error = error
            self._stamp = stamp if isinstance(error, RefusedError) else None
            return
        self.error, self._whole, self._stamp = None, True, stamp
        log.info("calendar_read", events=len(self.calendar.events))
        if self.read is not None:
            self.read(self.calendar)
        for line, found in self.calendar.refused:
            log.warning("event_refused", file=self.path.name, line=line, found=found)

    def _read(self) -> Calendar:
        rows = CsvFile.read(self.path).rows(*calendar.COLUMNS[:3])
        return calendar.read((line, row or {}) for line, row in rows)


def _planned(event: Scheduled) -> PlannedEvent:
    return PlannedEvent(
        event_id=EventId(event.event_id),
        name=event.name,
        starts=event.begins_s * SECOND_NS,
        ends=event.ends_s * SECOND_NS,
    )
