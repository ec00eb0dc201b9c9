"""The ledger in SQLite (temporary minimal form)."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

from edgenode.core.ledger.merkle import Frontier
from edgenode.model.errors import InvariantBrokenError, RefusedError
from edgenode.model.ledgers import Entry, Head, LedgerId, Sealed
from edgenode.wire import checkpoint
from edgenode.wire import entry as wire_entry

SCHEMA = """
CREATE TABLE entry(seq INTEGER PRIMARY KEY, hlc INTEGER NOT NULL, kind TEXT NOT NULL,
  actor TEXT NOT NULL, automatic INTEGER NOT NULL, idem BLOB NOT NULL UNIQUE, body BLOB NOT NULL,
  prev BLOB NOT NULL, leaf BLOB NOT NULL) STRICT;
CREATE TABLE head(size INTEGER PRIMARY KEY, root BLOB NOT NULL, frontier BLOB NOT NULL,
  note TEXT NOT NULL) STRICT;
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""
BATCH_MAX = 1000
BACKLOG_MAX = 4096


class OwnLedger:
    """One writer thread, one connection, natural batching."""

    def __init__(self, path: Path, ledger: LedgerId, signer: checkpoint.Signer) -> None:
        self.ledger = ledger
        self._path, self._signer = path, signer
        self._reader = _connect(path)
        row = self._reader.execute(
            "SELECT size, root, frontier, note FROM head ORDER BY size DESC LIMIT 1"
        ).fetchone()
        self.head = Head(row[0], row[1], row[3]) if row else None
        nodes = tuple(row[2][i : i + 32] for i in range(0, len(row[2]), 32)) if row else ()
        self._frontier = Frontier(row[0] if row else 0, nodes)
        last = self._reader.execute("SELECT leaf FROM entry ORDER BY seq DESC LIMIT 1").fetchone()
        self._prev = last[0] if last else bytes(32)
        self._queue: queue.Queue[tuple[Sequence[Entry], asyncio.Future[Head]] | None] = (
            queue.Queue()
        )
        self._backlog = 0
        self._room: asyncio.Event | None = None
        self.on_commit = lambda _sealed, _head: None
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()

    def append(self, entries: Sequence[Entry]) -> asyncio.Future[Head]:
        future = asyncio.get_running_loop().create_future()
        self._backlog += len(entries)
        self._queue.put((entries, future))
        return future

    async def room(self) -> None:
        while self._backlog > BACKLOG_MAX:
            await asyncio.sleep(0.001)

    def read(self, after: int, limit: int) -> list[Sealed]:
        return read(self._reader, self.ledger, after, limit)

    def close(self) -> None:
        self._queue.put(None)
        self._thread.join()
        self._reader.close()

    def _write(self) -> None:
        db = _connect(self._path)
        failed: BaseException | None = None
        while True:
            item = self._queue.get()
            if item is None:
                break
            batch = [item]
            while len(batch) < BATCH_MAX:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._queue.put(None)
                    break
                batch.append(more)
            try:
                if failed is not None:
                    raise failed
                sealed, head = self._commit(db, [e for entries, _ in batch for e in entries])
            except BaseException as error:
                failed = InvariantBrokenError(f"commit failed: {error}", code="EN404")
                self._resolve(batch, None, None, failed)
                continue
            self._resolve(batch, sealed, head, None)
        db.close()

    def _commit(self, db: sqlite3.Connection, entries: list[Entry]) -> tuple[list[Sealed], Head]:
        sealed = []
        for entry in entries:
            one = wire_entry.seal(self.ledger, entry, self._prev)
            self._prev = one.leaf
            self._frontier.append(one.leaf)
            sealed.append(one)
        size, root = self._frontier.size, self._frontier.root
        note = checkpoint.sign(self.ledger, size, root, self._signer)
        db.execute("BEGIN IMMEDIATE")
        db.executemany(
            "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?)",
            [
                (
                    e.entry.seq,
                    e.entry.hlc,
                    e.entry.kind,
                    e.entry.actor,
                    int(e.entry.automatic),
                    e.entry.idem,
                    e.entry.body,
                    e.prev,
                    e.leaf,
                )
                for e in sealed
            ],
        )
        db.execute(
            "INSERT INTO head VALUES (?,?,?,?)", (size, root, b"".join(self._frontier.nodes), note)
        )
        db.execute("COMMIT")
        return sealed, Head(size, root, note)

    def _resolve(self, batch, sealed, head, error) -> None:
        loop = batch[0][1].get_loop()

        def tell() -> None:
            if head is not None:
                self.head = head
            for entries, future in batch:
                self._backlog -= len(entries)
                if future.done():
                    continue
                if error is None:
                    future.set_result(head)
                else:
                    future.set_exception(error)
            if error is None:
                self.on_commit(sealed, head)

        loop.call_soon_threadsafe(tell)


def create(path: Path, ledger: LedgerId, meta: dict[str, str]) -> None:
    """Begin an empty ledger file."""
    if path.exists():
        raise RefusedError(f"a ledger at {path}", expected="an empty folder", code="EN406")
    db = _connect(path, create=True)
    db.executescript(SCHEMA)
    rows = {"ledger": ledger.name, **meta}
    db.executemany("INSERT INTO meta VALUES (?,?)", list(rows.items()))
    db.close()


def meta(path: Path) -> dict[str, str]:
    db = _connect(path)
    rows = dict(db.execute("SELECT key, value FROM meta").fetchall())
    db.close()
    return rows


def read(db: sqlite3.Connection, ledger: LedgerId, after: int, limit: int) -> list[Sealed]:
    rows = db.execute(
        "SELECT seq,hlc,kind,actor,automatic,idem,body,prev FROM entry WHERE seq>? ORDER BY seq LIMIT ?",
        (after, limit),
    ).fetchall()
    return [
        wire_entry.seal(ledger, Entry(r[0], r[1], r[2], r[3], bool(r[4]), r[5], r[6]), r[7])
        for r in rows
    ]


def _connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    if not create and not path.exists():
        raise RefusedError(f"no ledger at {path}", expected="edgenode init", code="EN401")
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db
