"""Bars of signals in SQLite: DIR/bars.sqlite, beside the ledger and no part of it.

    table      holds                                                   kept
    ---------  ------------------------------------------------------  ---------------------------
    source     what was declared, where its open bars begin, a state   until it is forgotten
    reading    rows of feeds whose bars are open, or closed lately     an hour after their bar
    bar        what is known of each bar; an unknown one has no row    `keep_days`
    file       files of the drop folder that were read to the end      `keep_days`

Nothing is decided by it, so a file that is damaged is moved aside and begun anew, and a write that
fails stops nobody: it is told, and tried again. Calls run in a thread, one after another.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import structlog

from edgenode.adapters import sqlite_files
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ids import InstrumentId
from edgenode.model.signals import Bar, Reading, Source, SourceId
from edgenode.ports.bars import PRUNED_BEHIND, Batch, Kept

log = structlog.get_logger()
T = TypeVar("T")
NAME = "bars.sqlite"
DAMAGED = ".damaged"
SCHEMA = """
CREATE TABLE source(
  id TEXT PRIMARY KEY, instrument TEXT NOT NULL, kind TEXT NOT NULL, form TEXT NOT NULL,
  step_s INTEGER NOT NULL, decimals INTEGER NOT NULL, offset_min INTEGER,
  closed_s INTEGER, until_s INTEGER NOT NULL DEFAULT 0, state BLOB) STRICT;
CREATE TABLE reading(
  source TEXT NOT NULL, key TEXT NOT NULL, at_ms INTEGER NOT NULL, value INTEGER NOT NULL,
  PRIMARY KEY (source, key)) STRICT, WITHOUT ROWID;
CREATE TABLE bar(
  source TEXT NOT NULL, begins_s INTEGER NOT NULL, value INTEGER, close_ticks INTEGER,
  spread_ticks INTEGER, depth_lots INTEGER, net_lots INTEGER,
  PRIMARY KEY (source, begins_s)) STRICT, WITHOUT ROWID;
CREATE TABLE file(
  sha256 BLOB PRIMARY KEY, name TEXT NOT NULL, rows INTEGER NOT NULL, refused INTEGER NOT NULL,
  read_s INTEGER NOT NULL) STRICT;
"""
SOURCE_COLUMNS = "id, instrument, kind, form, step_s, decimals, offset_min"
BAR_COLUMNS = "begins_s, value, close_ticks, spread_ticks, depth_lots, net_lots"


class BarTable:
    """Implements `ports.BarStore`, and the marks of files that were read."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._one_at_a_time = threading.Lock()  # a canceled caller's thread works on

    @classmethod
    def opened(cls, data: Path) -> Self:
        """Open the table, or begin an empty one; a damaged one is moved aside."""
        path = data / NAME
        if path.exists():
            try:
                db = sqlite_files.connect(path)
                db.execute(f"SELECT {SOURCE_COLUMNS}, state FROM source LIMIT 1")  # noqa: S608
                return cls(db)
            except (RefusedError, sqlite3.DatabaseError) as error:
                log.warning("bars_damaged", found=str(error), moved_to=NAME + DAMAGED)
                for end in ("", *sqlite_files.BESIDE):
                    beside = path.with_name(path.name + end)
                    if beside.exists():
                        beside.replace(path.with_name(NAME + DAMAGED + end))
        # Power lost in here: no file, or a whole empty one; the next opening takes both.
        return cls(sqlite_files.create(path, SCHEMA))

    def close(self) -> None:
        """Close the file, after whatever is under way."""
        with self._one_at_a_time:
            self._db.close()

    async def load(self) -> list[Kept]:
        """Return every source that is known, with what is kept of it."""
        return await self._do(self._load)

    async def declare(self, source: Source) -> None:
        """Keep a source."""
        row = (source.id, source.instrument, source.kind, source.form, source.step_s,
               source.decimals, source.offset_min)  # fmt: skip
        sql = f"INSERT OR IGNORE INTO source ({SOURCE_COLUMNS}) VALUES (?,?,?,?,?,?,?)"  # noqa: S608
        await self._do(lambda db: db.execute(sql, row))

    async def forget(self, source: SourceId) -> None:
        """Forget a source with all that is kept of it."""

        def forget(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM source WHERE id = ?", (source,))
            db.execute("DELETE FROM reading WHERE source = ?", (source,))
            db.execute("DELETE FROM bar WHERE source = ?", (source,))

        await self._do(forget)

    async def forget_after(self, at_s: int) -> None:
        """Forget all that is dated at or after a time, and forecasts that took any of it."""

        def forget(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM bar WHERE begins_s >= ?", (at_s,))
            db.execute("DELETE FROM reading WHERE at_ms >= ?", (1_000 * at_s,))
            db.execute("UPDATE source SET until_s = min(until_s, ?)", (at_s,))
            db.execute(
                "UPDATE source SET closed_s = ? / step_s * step_s, state = NULL"
                " WHERE closed_s > ?",
                (at_s, at_s),
            )

        await self._do(forget)

    async def said(self, source: SourceId, readings: Sequence[Reading], until_s: int) -> None:
        """Keep readings of a feed, and until when it told all."""
        rows = [(source, r.key, r.at_ms, r.value) for r in readings]

        def keep(db: sqlite3.Connection) -> None:
            # Power lost in here: none of it is kept, and whoever pushed it has no answer.
            db.executemany("INSERT OR IGNORE INTO reading VALUES (?,?,?,?)", rows)
            db.execute(
                "UPDATE source SET until_s = max(until_s, ?) WHERE id = ?", (until_s, source)
            )

        await self._do(keep)

    async def store(self, batch: Batch) -> None:
        """Keep what a closing leaves."""
        await self._do(lambda db: _store(db, batch))

    async def bars(self, source: SourceId, from_s: int, limit: int) -> list[Bar]:
        """Return bars that begin at or after a time, in order."""
        return await self._do(lambda db: bars_of(db, source, from_s, limit))

    async def is_read(self, sha256: bytes) -> bool:
        """Return whether a file of these bytes was read to its end."""
        sql = "SELECT 1 FROM file WHERE sha256 = ?"
        return await self._do(lambda db: db.execute(sql, (sha256,)).fetchone() is not None)

    async def mark_read(
        self, sha256: bytes, name: str, *, rows: int, refused: int, at_s: int
    ) -> None:
        """Note that a file was read to its end."""
        values = (sha256, name, rows, refused, at_s)
        sql = "INSERT OR IGNORE INTO file VALUES (?,?,?,?,?)"
        await self._do(lambda db: db.execute(sql, values))

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in a thread, as one transaction; UnreachableError EN404 if it fails."""
        return await asyncio.to_thread(self._whole, work)

    def _whole(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._one_at_a_time:
            try:
                with sqlite_files.transaction(self._db) as db:
                    return work(db)
            except sqlite3.Error as error:
                raise UnreachableError(
                    f"the table of bars failed: {error}",
                    expected=f"room and a sound disk for {NAME}",
                    do="check the disk; trading goes on, the forecast waits",
                    code="EN404",
                ) from error

    @staticmethod
    def _load(db: sqlite3.Connection) -> list[Kept]:
        readings: dict[str, list[Reading]] = {}
        for source, key, at_ms, value in db.execute("SELECT * FROM reading"):
            reading = Reading(key=key, at_ms=at_ms, value=value)
            readings.setdefault(source, []).append(reading)
        sql = f"SELECT {SOURCE_COLUMNS}, closed_s, until_s, state FROM source ORDER BY id"  # noqa: S608
        return [
            Kept(
                source=source_of(row[:7]),
                closed_s=row[7],
                until_s=row[8],
                readings=tuple(readings.get(row[0], ())),
                state=row[9],
            )
            for row in db.execute(sql)
        ]


def source_of(row: Sequence[Any]) -> Source:
    """Return the source of a row of SOURCE_COLUMNS."""
    id_, instrument, kind, form, step_s, decimals, offset_min = row
    return Source(
        id=SourceId(id_),
        instrument=InstrumentId(instrument),
        kind=kind,
        form=form,
        step_s=step_s,
        decimals=decimals,
        offset_min=offset_min,
    )


def bars_of(db: sqlite3.Connection, source: str, from_s: int, limit: int) -> list[Bar]:
    """Return bars of a source that begin at or after a time, in order."""
    rows = db.execute(
        f"SELECT {BAR_COLUMNS} FROM bar WHERE source = ? AND begins_s >= ?"  # noqa: S608
        " ORDER BY begins_s LIMIT ?",
        (source, from_s, limit),
    )
    return [
        Bar(begins_s=b, value=v, close_ticks=c, spread_ticks=s, depth_lots=d, net_lots=n)
        for b, v, c, s, d, n in rows
    ]


def _store(db: sqlite3.Connection, batch: Batch) -> None:
    # Power lost in here: bars and where the open ones begin are both of before; readings of open
    # bars are still there, and a venue's minute that was open is unknown.
    for closed in batch.closed:
        db.executemany(
            f"INSERT OR IGNORE INTO bar (source, {BAR_COLUMNS}) VALUES (?,?,?,?,?,?,?)",  # noqa: S608
            [
                (closed.source, b.begins_s, b.value, b.close_ticks, b.spread_ticks,
                 b.depth_lots, b.net_lots)
                for b in closed.bars
            ],
        )  # fmt: skip
        db.execute("UPDATE source SET closed_s = ? WHERE id = ?", (closed.closed_s, closed.source))
        db.execute(
            "DELETE FROM reading WHERE source = ? AND at_ms < ?",
            (closed.source, closed.readings_from_ms),
        )
    for source, state in batch.states.items():
        db.execute("UPDATE source SET state = ? WHERE id = ?", (state, source))
    if batch.bars_from_s:
        db.execute(
            "DELETE FROM bar WHERE begins_s < ? AND source IN (SELECT source FROM bar"
            " WHERE begins_s >= ? GROUP BY source HAVING count(*) >= ?)",
            (batch.bars_from_s, batch.bars_from_s, PRUNED_BEHIND),
        )
        db.execute("DELETE FROM file WHERE read_s < ?", (batch.bars_from_s,))
