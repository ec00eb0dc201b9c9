"""The file of scheduled events, read again whenever it changes."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from edgenode.adapters.csv_file import CsvFile
from edgenode.core.signals import calendar
from edgenode.core.signals.calendar import Calendar
from edgenode.model.errors import RefusedError

log = structlog.get_logger()
LOOK_S = 5.0


@dataclass(slots=True)
class CalendarFile:
    """The calendar as it was last read whole; a file that cannot be read leaves it in force."""

    path: Path
    calendar: Calendar = field(default_factory=Calendar)
    error: RefusedError | None = None
    _stamp: tuple[int, int] = (0, 0)

    async def run(self) -> None:
        """Look every few seconds until canceled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Read the file if it changed."""
        try:
            stat = await asyncio.to_thread(self.path.stat)
            stamp = stat.st_size, stat.st_mtime_ns
        except OSError:
            stamp = (0, -1)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.calendar = await asyncio.to_thread(self._read)
            self.error = None
            log.info("calendar_read", events=len(self.calendar.events))
        except RefusedError as error:
            self.error = error
            log.warning("calendar_refused", found=error.found)
        for line, found in self.calendar.refused:
            log.warning("event_refused", file=self.path.name, line=line, found=found)

    def _read(self) -> Calendar:
        rows = CsvFile.read(self.path).rows(*calendar.COLUMNS[:3])
        return calendar.read((line, row or {}) for line, row in rows)
