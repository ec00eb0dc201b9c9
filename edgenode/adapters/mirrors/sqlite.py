"""Ledgers that others write, as we hold them; what they cosigned; what we set aside.

The node keeps its down-ledger and the centre's cosignatures here (DIR/peers.sqlite), the centre
every node's ledger (DIR/nodes.sqlite). Entries are stored as they were verified, with the head
that covers them, in one transaction that first looks again at how much is held: two deliveries of
the same entries cannot both be stored.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self

import aiosqlite

from edgenode.adapters import sqlite_files
from edgenode.adapters.in_place import InPlace
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.sync.receive import HeldLedger, OffsetError, Taken
from edgenode.model.errors import EdgenodeError, InvariantBrokenError, RefusedError
from edgenode.model.ledgers import Head, LedgerId, Sealed
from edgenode.wire import entry as wire_entry
from edgenode.wire.entry import FIRST_PREV

SCHEMA = """
CREATE TABLE mirror_entry(
  ledger TEXT NOT NULL, seq INTEGER NOT NULL, hlc INTEGER NOT NULL, kind TEXT NOT NULL,
  actor TEXT NOT NULL, automatic INTEGER NOT NULL, idem BLOB NOT NULL, body BLOB NOT NULL,
  prev BLOB NOT NULL, leaf BLOB NOT NULL, PRIMARY KEY (ledger, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE mirror_head(
  ledger TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, frontier BLOB NOT NULL,
  note TEXT NOT NULL, cosigned TEXT NOT NULL) STRICT;
CREATE TABLE ack(
  ledger TEXT NOT NULL, peer TEXT NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY (ledger, peer)) STRICT;
CREATE TABLE quarantine(
  ledger TEXT NOT NULL, seq INTEGER NOT NULL, at_ns INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (ledger, seq)) STRICT;
CREATE TABLE evidence(
  ledger TEXT NOT NULL, data BLOB NOT NULL UNIQUE, at_ns INTEGER NOT NULL) STRICT;
CREATE TRIGGER mirror_update BEFORE UPDATE ON mirror_entry
  BEGIN SELECT raise(ABORT, 'a mirrored entry is never changed'); END;
CREATE TRIGGER mirror_delete BEFORE DELETE ON mirror_entry
  BEGIN SELECT raise(ABORT, 'a mirrored entry is never dropped'); END;
"""


class Mirrors:
    """Everything held of others' ledgers, in one file."""

    def __init__(self, db: aiosqlite.Connection, path: Path) -> None:
        self._db = db
        self._in_place = InPlace(path)
        self._writing = asyncio.Lock()  # one connection, so one transaction at a time

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the file, or begin an empty one: its contents can be fetched again."""
        db = None
        try:
            await asyncio.to_thread(_ensure, path)
            db = await aiosqlite.connect(path, isolation_level=None)
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                f"busy_timeout={sqlite_files.BUSY_MS}",
            ):
                await db.execute(f"PRAGMA {pragma}")
        except BaseException as error:
            if db is not None:
                await db.close()
            if isinstance(error, sqlite3.Error):
                raise _unusable(path, error) from error
            raise
        return cls(db, path)

    async def close(self) -> None:
        """Close the file."""
        await self._db.close()

    async def held(self, ledger: LedgerId) -> HeldLedger:
        """Return what is durably held of a ledger."""
        row = await self._one(
            "SELECT size, root, frontier, note FROM mirror_head WHERE ledger = ?", ledger.name
        )
        if row is None:
            return HeldLedger(ledger)
        size, root, frontier, note = row
        last = await self._one(
            "SELECT leaf FROM mirror_entry WHERE ledger = ? AND seq = ?", ledger.name, size
        )
        prev = last[0] if last else FIRST_PREV
        return HeldLedger(
            ledger, Head(size, root, note), prev, Frontier.from_bytes(size, frontier)
        )

    async def store(self, before: HeldLedger, taken: Taken, cosigned: str = "") -> None:
        """Make verified entries and their head durable; OffsetError if `before` has passed."""
        name, after = before.ledger.name, taken.after
        assert after.head is not None
        async with self._transaction() as db:
            row = await self._one("SELECT size FROM mirror_head WHERE ledger = ?", name)
            size = row[0] if row else 0
            if size != before.size:
                raise OffsetError(name, before.size + 1, size)
            # Power lost in here: entries, head and cosignature are all there, or none of them.
            await db.executemany(
                "INSERT INTO mirror_entry VALUES (?,?,?,?,?,?,?,?,?,?)",
                [(name, *sqlite_files.to_row(sealed)) for sealed in taken.sealed],
            )
            frontier = after.frontier.to_bytes()
            await db.execute(
                "INSERT INTO mirror_head VALUES (?,?,?,?,?,?) ON CONFLICT (ledger) DO UPDATE SET"
                " size = excluded.size, root = excluded.root, frontier = excluded.frontier,"
                " note = excluded.note, cosigned = excluded.cosigned",
                (name, after.size, after.head.root, frontier, after.head.note, cosigned),
            )

    async def cosigned(self, ledger: LedgerId) -> str:
        """Return the newest head's note with its cosignature as stored, "" where none."""
        row = await self._one("SELECT cosigned FROM mirror_head WHERE ledger = ?", ledger.name)
        return str(row[0]) if row else ""

    async def entries(self, ledger: LedgerId, after: int, limit: int) -> list[Sealed]:
        """Return held entries with seq > `after`, in order."""
        rows = await self._rows(
            f"SELECT {sqlite_files.ENTRY_COLUMNS} FROM mirror_entry"  # noqa: S608
            " WHERE ledger = ? AND seq > ? ORDER BY seq LIMIT ?",
            *(ledger.name, after, limit),
        )
        return [wire_entry.from_row(tuple(row)) for row in rows]

    async def leaves(self, ledger: LedgerId, start: int, end: int) -> Sequence[bytes]:
        """Return held leaves [start, end), from 0."""
        rows = await self._rows(
            "SELECT leaf FROM mirror_entry WHERE ledger = ? AND seq > ? AND seq <= ? ORDER BY seq",
            *(ledger.name, start, end),
        )
        return [row[0] for row in rows]

    async def ledgers(self) -> list[LedgerId]:
        """List the ledgers held."""
        rows = await self._rows("SELECT ledger FROM mirror_head ORDER BY ledger")
        return [LedgerId.parse(row[0]) for row in rows]

    async def acked(self, ledger: LedgerId, peer: str) -> str:
        """Return the newest cosigned note by a peer, "" where none."""
        row = await self._one(
            "SELECT note FROM ack WHERE ledger = ? AND peer = ?", ledger.name, peer
        )
        return str(row[0]) if row else ""

    async def ack(self, ledger: LedgerId, peer: str, size: int, note: str) -> None:
        """Keep a peer's cosignature where it is newer."""
        await self._write(
            "INSERT INTO ack VALUES (?,?,?,?) ON CONFLICT (ledger, peer) DO UPDATE SET"
            " size = excluded.size, note = excluded.note WHERE excluded.size >= ack.size",
            *(ledger.name, peer, size, note),
        )

    async def set_aside(self, ledger: LedgerId, seq: int, reason: str, at_ns: int) -> None:
        """Note an entry that was stored and could not be folded."""
        await self._write(
            "INSERT OR IGNORE INTO quarantine VALUES (?,?,?,?)", ledger.name, seq, at_ns, reason
        )

    async def quarantined(self, ledger: LedgerId) -> dict[int, str]:
        """Return the entries set aside, with their reasons."""
        rows = await self._rows(
            "SELECT seq, reason FROM quarantine WHERE ledger = ? ORDER BY seq", ledger.name
        )
        return {row[0]: row[1] for row in rows}

    async def keep(self, ledger: LedgerId, evidence: bytes, at_ns: int) -> None:
        """Keep evidence of two histories."""
        await self._write(
            "INSERT OR IGNORE INTO evidence VALUES (?,?,?)", ledger.name, evidence, at_ns
        )

    async def evidence(self, ledger: LedgerId) -> bytes:
        """Return the first evidence kept of a ledger, empty if there is none."""
        row = await self._one(
            "SELECT data FROM evidence WHERE ledger = ? ORDER BY rowid LIMIT 1", ledger.name
        )
        return bytes(row[0]) if row else b""

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[aiosqlite.Connection]:
        async with self._writing:
            try:
                await self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                # Power lost here: nothing of it is there.
                await self._db.execute("COMMIT")  # Power lost in here: all of it or nothing.
                # Power lost here: all of it is there, and the caller has told nobody.
                self._in_place.check()
            except BaseException as error:
                # What a cancelled caller had sent is carried out all the same: a BEGIN must be
                # undone, and behind a COMMIT there is nothing left to roll back.
                with suppress(sqlite3.OperationalError):
                    await self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise sqlite_files.not_durable(error) from error
                raise

    async def _write(self, sql: str, *values: object) -> None:
        # Power lost in here: it is noted or not. Each note is made again by what led to it.
        async with self._transaction() as db:
            await db.execute(sql, values)

    async def _one(self, sql: str, *values: object) -> aiosqlite.Row | None:
        rows = await self._rows(sql, *values)
        return rows[0] if rows else None

    async def _rows(self, sql: str, *values: object) -> list[aiosqlite.Row]:
        try:
            return list(await self._db.execute_fetchall(sql, values))
        except sqlite3.Error as error:
            raise _not_read(error) from error


def _ensure(path: Path) -> None:
    if not path.exists():
        # Power lost in here: no file, or a whole empty one; the next opening takes both. A file
        # that is lost later is begun anew too: its entries are sent again by who signed them. What
        # was set aside is found again; evidence of two histories only when both are shown again.
        sqlite_files.create(path, SCHEMA).close()


def _unusable(path: Path, error: sqlite3.Error) -> EdgenodeError:
    """Return the error of a file that cannot be used: the disk failed, or it is damaged."""
    if sqlite_files.is_disk(error):
        return sqlite_files.not_read(path, error)
    return RefusedError(
        f"{path} cannot be read: {error}",
        expected="the copies of others' ledgers",
        do=sqlite_files.REFETCH,
        code="EN402",
    )


def _not_read(error: sqlite3.Error) -> InvariantBrokenError:
    """Return the error of a failed read: nothing is lost, and nothing goes on without it.

    SQLite calls the file malformed also where the disk gave EIO, so one error stands for both.
    """
    return InvariantBrokenError(
        f"a read of the copies of others' ledgers failed: {error}",
        expected="everything stored, as it was stored",
        do=f"check the disk, then start again; where this comes back, {sqlite_files.REFETCH}",
        code="EN404",
    )
