"""CSV files of demand feeds in a folder: each is read once, whatever ends the box meanwhile.

    FEED.csv, FEED.ANYTHING.csv    t,v[,id][,flag]    rows as `POST /api/v1/signals` takes them

A file is read when it did not change between two looks, or lies there at a start. Once all its
rows are kept it is marked by feed and hash: killed before that, it is read again, as duplicates.
"""

import asyncio
import hashlib
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from edgenode.adapters import plain_file
from edgenode.adapters.csv_file import CsvFile
from edgenode.core.signals.rows import Row
from edgenode.model.errors import EdgenodeError, RefusedError
from edgenode.model.signals import FEED, SourceId
from edgenode.ports.bars import BarStore
from edgenode.services.signals import Pushed, Signals
from edgenode.services.sources import unknown_feed

log = structlog.get_logger()
Json = dict[str, Any]
LOOK_S = 5.0
ROWS_MAX = 200_000  # of a file
ROWS_A_LOOK = 500_000  # whose bars stay open together: about 150 MB
TOLD = 20
BROKEN = Row(t="", v="")  # a row with too few or too many fields


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTold:
    """What became of one file."""

    name: str
    rows: int
    taken: int = 0
    duplicates: int = 0
    refused: int = 0
    lines: tuple[tuple[int, str], ...] = ()  # of the first rows that were refused
    error: EdgenodeError | None = None  # of the whole file


@dataclass(slots=True)
class DropFolder:
    """The folder, and what became of the newest files."""

    path: Path
    store: BarStore
    signals: Signals
    told: deque[FileTold] = field(default_factory=lambda: deque(maxlen=TOLD))
    missing: bool = False  # the folder is not there
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    _done: dict[str, tuple[int, int]] = field(default_factory=dict)

    async def run(self) -> None:
        """Look every few seconds until canceled."""
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self, *, at_start: bool = False) -> None:
        """Read what is new and whole; the rest at the next look if it is very much.

        Bars of the feeds that are read stay open meanwhile: files of one history are one history.
        """
        found = await asyncio.to_thread(self._found)
        due = [
            name
            for name, stamp in found.items()
            if (at_start or self._seen.get(name) == stamp) and self._done.get(name) != stamp
        ]
        self._seen = found
        self._done = {name: stamp for name, stamp in self._done.items() if name in found}
        there = {plain_file.shown(name) for name in found}
        self.told = deque((t for t in self.told if not t.error or t.name in there), maxlen=TOLD)
        self.signals.held_open = frozenset(filter(None, map(self._feed, due)))
        try:
            await self._read_all([(name, found[name]) for name in due])
        finally:
            self.signals.held_open = frozenset()

    async def _read_all(self, due: list[tuple[str, tuple[int, int]]]) -> None:
        rows = 0
        for name, stamp in due:
            if rows >= ROWS_A_LOOK:
                return
            told = await self._read(name)
            rows += 0 if told is None else told.rows
            if told is None or not _is_tried_again(told.error):
                self._done[name] = stamp
            if told is not None:
                self._tell(told)

    def _found(self) -> dict[str, tuple[int, int]]:
        """Return the files with their sizes and times."""
        found = {}
        try:
            for path in sorted(self.path.glob("*.csv")):
                if path.is_file() and not path.name.startswith("."):
                    stat = path.stat()
                    found[path.name] = (stat.st_size, stat.st_mtime_ns)
            self.missing = not self.path.is_dir()
        except OSError:  # it went away meanwhile: the next look tells
            self.missing = True
        return found

    def _feed(self, name: str) -> SourceId | None:
        """Return the feed of a file; None if it is not declared. A feed's name may hold dots."""
        feeds = self.signals.sources.feeds()
        named = [feed for feed in feeds if name.startswith(f"{feed.removeprefix(FEED)}.")]
        return max(named, key=len, default=None)

    async def _read(self, name: str) -> FileTold | None:
        """Read a file and return what became of it; None if it was read before.

        Power lost in here: the rows that were kept are duplicates when it is read again.
        """
        shown = plain_file.shown(name)
        try:
            file = await asyncio.to_thread(CsvFile.read, self.path / name)
            feed = self._feed(name)
            if feed is None:
                raise unknown_feed(SourceId(f"{FEED}{shown.partition('.')[0]}"))
            mark = _mark(feed, file)
            if await self.store.is_read(mark):
                return None
            lines, rows = _rows(file)
            pushed = await self.signals.push(feed, rows)
            at_s = self.signals.sources.now_s()
            refused = pushed.refused
            await self.store.mark_read(mark, shown, rows=len(rows), refused=refused, at_s=at_s)
        except EdgenodeError as error:
            return FileTold(name=shown, rows=0, error=error)
        return _told(shown, lines, pushed)

    def _tell(self, told: FileTold) -> None:
        known = {one.name: str(one.error) for one in self.told if one.error}
        if told.error is not None and known.get(told.name) == str(told.error):
            return  # it is tried again and again, and told once
        self.told = deque([one for one in self.told if one.name != told.name], maxlen=TOLD)
        self.told.append(told)
        if told.error is not None:
            log.warning("file_refused", file=told.name, found=told.error.found)
        else:
            log.info("file_read", file=told.name, rows=told.rows, refused=told.refused)
            for line, found in told.lines:
                log.warning("row_refused", file=told.name, line=line, found=found)


def _is_tried_again(error: EdgenodeError | None) -> bool:
    """Return whether the same file may be taken later: its feed is not declared yet, or a disk."""
    return error is not None and (not isinstance(error, RefusedError) or error.code == "EN006")


def _mark(feed: SourceId, file: CsvFile) -> bytes:
    """Return what a file that was read is known by: the same bytes are other rows of a feed."""
    return hashlib.sha256(feed.encode() + b"\0" + file.sha256).digest()


def _rows(file: CsvFile) -> tuple[list[int], list[Row]]:
    """Return the rows with their lines."""
    lines: list[int] = []
    rows: list[Row] = []
    for line, fields in file.rows("t", "v"):
        if len(rows) >= ROWS_MAX:
            raise RefusedError(
                f"more than {ROWS_MAX} rows",
                expected=f"at most {ROWS_MAX} in one file",
                do="split it into several files, each with the header",
                code="EN004",
            )
        lines.append(line)
        rows.append(BROKEN if fields is None else _row(fields))
    return lines, rows


def _row(fields: dict[str, str]) -> Row:
    more = {name: fields.get(name, "") for name in ("id", "flag")}
    return Row(t=fields["t"], v=fields["v"], **more)


def _told(name: str, lines: list[int], pushed: Pushed) -> FileTold:
    refused = tuple(
        (lines[row.row - 1], f"{row.outcome.value}: {row.found}") for row in pushed.first_refused
    )
    return FileTold(
        name=name,
        rows=len(lines),
        taken=pushed.taken,
        duplicates=pushed.duplicates,
        refused=pushed.refused,
        lines=refused,
    )
