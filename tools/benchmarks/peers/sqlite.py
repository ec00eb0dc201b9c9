"""Other ways to store entries: as most programs do it, and as fast as SQLite can.

naive      each producer executes its INSERT through one aiosqlite connection and commits, holding
           a lock, so that no commit stores half of another's transaction; no hash, no trigger
unguarded  the same without the lock: a commit stores whatever others have executed by then, which
           is fast, and wrong as soon as a transaction has two statements
raw        one thread, ready fields, `executemany` in one transaction per batch with the ledger's
           own triggers, and msgpack and SHA-256 of each entry: no tree, no signed head, no future

All with a write-ahead log and synchronous=FULL, as ours, and on uvloop, as the daemon is.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import aiosqlite
import msgpack

from edgenode.adapters import sqlite_files
from edgenode.model.ledgers import Entry
from edgenode.wire.entry import FIRST_PREV

NAIVE, UNGUARDED, RAW = "aiosqlite, naive", "aiosqlite, unguarded", "sqlite3, raw"
_INSERT = "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?)"
_HASH = bytes(32)


def raw_file(path: Path) -> sqlite3.Connection:
    """Begin a file with the ledger's tables and triggers."""
    return sqlite_files.create(path, sqlite_files.LEDGER_SCHEMA)


def store_raw(db: sqlite3.Connection, entries: Sequence[Entry], batch: int) -> int:
    """Store entries in transactions of `batch`."""
    pack, sha256, prev = msgpack.Packer(use_bin_type=True).pack, hashlib.sha256, FIRST_PREV
    for start in range(0, len(entries), batch):
        rows = []
        for e in entries[start : start + batch]:
            fields = (e.seq, e.hlc, e.kind, e.actor, e.automatic, e.idem, e.body, prev)
            data = pack((1, "bench", "main", 1, *fields))
            leaf = sha256(b"\x00" + data).digest()
            rows.append(
                (e.seq, e.hlc, e.kind, e.actor, int(e.automatic), e.idem, e.body, prev, leaf)
            )
            prev = leaf
        db.execute("BEGIN IMMEDIATE")
        db.executemany(_INSERT, rows)
        db.execute("COMMIT")
    return len(entries)


def naive_file(path: Path) -> None:
    """Begin a file with the table of entries and nothing that guards it."""
    db = sqlite_files.create(path, sqlite_files.LEDGER_SCHEMA)
    for trigger in ("entry_chain", "entry_update", "entry_delete"):
        db.execute(f"DROP TRIGGER {trigger}")
    db.close()


async def store_naive(
    path: Path, entries: Sequence[Entry], producers: int, *, guarded: bool = True
) -> int:
    """Let producers share a connection, each executing and committing an entry at a time."""
    todo = iter(entries)
    guard = asyncio.Lock() if guarded else nullcontext()
    async with aiosqlite.connect(path) as db:
        await db.execute("PRAGMA synchronous=FULL")

        async def produce() -> None:
            for e in todo:
                fields = (e.seq, e.hlc, e.kind, e.actor, int(e.automatic), e.idem, e.body)
                async with guard:
                    await db.execute(_INSERT, (*fields, _HASH, _HASH))
                    await db.commit()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(producers):
                tasks.create_task(produce())
    return len(entries)
