"""A party's own ledger: one writer thread, one connection, one fsync for all that waited.

`append` puts entries on a list. Whenever the thread is idle it takes the whole list: seals, grows
the tree, signs one head, and commits entries and head in one transaction. So an entry is never
durable without a signed head over it. A failed commit is final: this and all later appends fail.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edgenode.adapters import ledger_start, sqlite_files
from edgenode.adapters.ledger_start import Saved
from edgenode.core.ledger import chain
from edgenode.core.ledger.chain import Tip
from edgenode.core.state.snapshot import Snapshot
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.ledgers import Entry, ExternalId, Head, LedgerId, Sealed
from edgenode.ports import Names
from edgenode.wire import checkpoint
from edgenode.wire.checkpoint import Signer
from edgenode.wire.entry import Sealer

BATCH_ENTRIES = 1_000
BATCH_BYTES = 128 * 1024  # of bodies; so that one frame of sync holds a batch
BACKLOG_ENTRIES = 4_096
RESERVED_ENTRIES = 1_024  # beyond the backlog, for what takes risk off
SNAPSHOTS_KEPT = 2

OnCommit = Callable[[list[Sealed], Head], None]


@dataclass(frozen=True, slots=True)
class _Append:
    entries: Sequence[Entry]
    names: Names
    snapshot: Snapshot | None
    durable: asyncio.Future[Head]


class OwnLedger:
    """Implements `ports.LedgerStore`. What opening it proved is in `began`."""

    def __init__(self, path: Path, ledger: LedgerId, signer: Signer) -> None:
        self.ledger = ledger
        self._signer = signer
        self._reader = sqlite_files.connect(path)
        self._db = sqlite_files.connect(path)
        self.began = ledger_start.open_at(self._reader, ledger, signer.vkey)
        self._tip, self.head = self.began.tip, self.began.head
        self._spacing = HeadSpacing()
        self._sealer = Sealer(ledger)
        self._waiting: list[_Append] = []
        self._wake = threading.Condition()
        self._closing = False
        self._failed: InvariantBrokenError | None = None
        self._backlog = 0
        self._queued: dict[ExternalId, Entry] = {}  # names of entries that are not durable yet
        self._room, self._reserve = asyncio.Event(), asyncio.Event()
        self._measure()
        self.on_commit: list[OnCommit] = []
        self._thread = threading.Thread(
            target=self._run, name=f"ledger {ledger.name}", daemon=True
        )
        self._thread.start()

    def append(
        self,
        entries: Sequence[Entry],
        names: Names = (),
        snapshot: Snapshot | None = None,
    ) -> asyncio.Future[Head]:
        """Queue entries as one unit; done once they are durable.

        `snapshot` is of the state behind these entries, stored in the same transaction.
        """
        durable: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
        for name, seq in names:
            self._queued[name] = entries[seq - entries[0].seq]
        self._backlog += len(entries)
        self._measure()
        with self._wake:
            self._waiting.append(_Append(entries, names, snapshot, durable))
            self._wake.notify()
        return durable

    def recall(self, name: ExternalId) -> Entry | None:
        """Give the entry appended under a name, durable or not."""
        queued = self._queued.get(name)
        if queued is not None:
            return queued
        row = self._reader.execute(
            "SELECT seq FROM ext_idem WHERE scope = ? AND key = ?", name
        ).fetchone()
        return self.read(row[0] - 1, 1)[0].entry if row else None

    async def room(self, *, urgent: bool = False) -> None:
        """Wait until the queue takes another step; what takes risk off has room of its own."""
        await (self._reserve if urgent else self._room).wait()

    def read(self, after: int, limit: int) -> list[Sealed]:
        """Give durable entries with seq > `after`."""
        return sqlite_files.read(self._reader, self.ledger, after, limit)

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Give durable leaves [start, end), from 0."""
        rows = self._reader.execute(
            "SELECT leaf FROM entry WHERE seq > ? AND seq <= ? ORDER BY seq", (start, end)
        )
        return [leaf for (leaf,) in rows]

    def covered(self, after: int, limit: int) -> tuple[list[Sealed], list[Head]]:
        """Give durable entries with seq > `after` and the heads over them, as of one moment."""
        self._reader.execute("BEGIN")  # beside the writer, a read transaction sees one moment
        try:
            run = self.read(after, limit)
            rows = self._reader.execute(
                "SELECT size, root, note FROM head WHERE size > ? AND size <= ? ORDER BY size",
                (after, after + limit),
            ).fetchall()
        finally:
            self._reader.execute("COMMIT")
        return run, [Head(*row) for row in rows]

    def restore(self, entries: Sequence[Sealed], head: Head, names: Names = ()) -> None:
        """Take back own entries that a peer holds and this copy lost; before any append."""
        with self._wake:
            assert not self._waiting, "a restored copy appends nothing before it is whole"
            tip = chain.verify_run(self._tip, entries, head.note, self._signer.vkey)
            self._store(entries, names, head, tip, None)
            self._tip, self.head = tip, head

    def close(self) -> None:
        """Stop the thread; what was appended is durable, or failed, before this returns."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._reader.close()
        self._db.close()

    # -- the writer thread -------------------------------------------------------------------

    def _run(self) -> None:
        while batch := self._take():
            done = None
            if self._failed is None:
                try:
                    done = self._commit(batch)
                except Exception as error:  # noqa: BLE001  whatever it was, it is final
                    self._failed = sqlite_files.not_durable(error)
            self._tell(batch, done)

    def _take(self) -> list[_Append]:
        """Take what waits, up to a batch; a snapshot ends its batch, so that a head is over it."""
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closing)
            count = entries = size = 0
            for append in self._waiting:
                entries += len(append.entries)
                size += sum(len(entry.body) for entry in append.entries)
                if count and (entries > BATCH_ENTRIES or size > BATCH_BYTES):
                    break
                count += 1
                if append.snapshot is not None:
                    break
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            return batch

    def _commit(self, batch: list[_Append]) -> tuple[list[Sealed], Head]:
        tip = self._tip.copy()
        sealed = []
        for entry in (e for append in batch for e in append.entries):
            one = self._sealer.seal(entry, tip.prev)
            tip.frontier.append(one.leaf)
            tip.prev = one.leaf
            sealed.append(one)
        root = tip.frontier.root
        head = Head(tip.size, root, checkpoint.sign(self.ledger, tip.size, root, self._signer))
        taken = batch[-1].snapshot
        saved = Saved.of(taken, head, self._signer) if taken is not None else None
        names = [name for append in batch for name in append.names]
        self._store(sealed, names, head, tip, saved)
        self._tip = tip
        return sealed, head

    def _store(
        self,
        sealed: Sequence[Sealed],
        names: Names,
        head: Head,
        tip: Tip,
        saved: Saved | None,
    ) -> None:
        size_bytes = sum(len(s.entry.body) for s in sealed)
        stays = saved is not None
        dropped = self._spacing.next(head.size, len(sealed), size_bytes, stays=stays)
        with _transaction(self._db) as db:
            db.executemany(
                "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?)", map(sqlite_files.to_row, sealed)
            )
            db.executemany(
                "INSERT INTO ext_idem VALUES (?,?,?)", [(*name, seq) for name, seq in names]
            )
            db.execute("DELETE FROM head WHERE size = ?", (dropped,))
            db.execute(
                "INSERT INTO head VALUES (?,?,?,?)",
                (head.size, head.root, tip.frontier.to_bytes(), head.note),
            )
            if saved is not None:
                db.execute("INSERT OR REPLACE INTO snapshot VALUES (?,?,?,?,?,?)", saved)
                db.execute(
                    "DELETE FROM snapshot WHERE size NOT IN"
                    " (SELECT size FROM snapshot ORDER BY size DESC LIMIT ?)",
                    (SNAPSHOTS_KEPT,),
                )

    def _tell(self, batch: list[_Append], done: tuple[list[Sealed], Head] | None) -> None:
        """Hand the outcome to the event loop; a loop that is gone needs no answer."""
        loop = batch[0].durable.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._finish, batch, done)

    def _finish(self, batch: list[_Append], done: tuple[list[Sealed], Head] | None) -> None:
        self._backlog -= sum(len(append.entries) for append in batch)
        self._measure()
        if done is not None:
            self.head = done[1]
        for append in batch:
            for name, _ in append.names:
                self._queued.pop(name, None)
            if append.durable.done():  # cancelled: the caller went away, the entries did not
                continue
            if done is not None:
                append.durable.set_result(done[1])
            else:
                assert self._failed is not None
                append.durable.set_exception(self._failed)
        if done is not None:
            for tell in self.on_commit:
                tell(*done)

    def _measure(self) -> None:
        """Open or close the room for ordinary and for urgent steps."""
        for event, limit in (
            (self._room, BACKLOG_ENTRIES),
            (self._reserve, BACKLOG_ENTRIES + RESERVED_ENTRIES),
        ):
            if self._backlog <= limit:
                event.set()
            else:
                event.clear()


class HeadSpacing:
    """Which heads stay: the newest, and enough of the others that a frame of sync ends at one."""

    ENTRIES = 512
    BYTES = 96 * 1024

    def __init__(self) -> None:
        self._newest = 0  # size of the newest head, 0 where it is to stay
        self._entries = self._bytes = 0  # since the head before it that stays

    def next(self, size: int, entries: int, size_bytes: int, *, stays: bool = False) -> int:
        """Note a new head over more entries; gives the size of the head to drop, or 0.

        A head under a snapshot `stays`.
        """
        fits = self._entries + entries <= self.ENTRIES and self._bytes + size_bytes <= self.BYTES
        dropped, self._newest = self._newest if fits else 0, 0 if stays else size
        self._entries = self._entries + entries if fits else entries
        self._bytes = self._bytes + size_bytes if fits else size_bytes
        return dropped


def create(path: Path, ledger: LedgerId, meta: dict[str, str]) -> None:
    """Begin an empty ledger; EN406 where there is one."""
    db = sqlite_files.create(path, sqlite_files.LEDGER_SCHEMA)
    rows = {"ledger": ledger.name, **meta}
    db.executemany("INSERT INTO meta VALUES (?,?)", list(rows.items()))
    db.close()


def meta(path: Path) -> dict[str, str]:
    """Read what was written when the ledger was begun; EN401 where there is none."""
    with reading(path) as db:
        return dict(db.execute("SELECT key, value FROM meta").fetchall())


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger's file to read, also beside a running daemon."""
    db = sqlite_files.connect(path, read_only=True)
    try:
        yield db
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error
    finally:
        db.close()


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _damaged(path: Path, error: sqlite3.Error) -> InvariantBrokenError:
    if sqlite_files.is_disk(error):
        return sqlite_files.not_durable(error)
    return InvariantBrokenError(f"{path} cannot be read: {error}", code="EN402")
