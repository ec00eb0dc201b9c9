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

from edgenode.adapters import sqlite_files
from edgenode.core.ledger import chain
from edgenode.core.ledger.chain import BrokenChainError, Tip
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.ledgers import Entry, ExternalId, Head, LedgerId, Sealed
from edgenode.ports import Names
from edgenode.wire import checkpoint
from edgenode.wire.checkpoint import Signer, Vkey
from edgenode.wire.entry import Sealer

BATCH_ENTRIES = 1_000
BATCH_BYTES = 128 * 1024  # of bodies; so that one frame of sync holds a batch
BACKLOG_ENTRIES = 4_096
PAGE = 2_000

OnCommit = Callable[[list[Sealed], Head], None]


@dataclass(frozen=True, slots=True)
class _Append:
    entries: Sequence[Entry]
    names: Names
    durable: asyncio.Future[Head]


class OwnLedger:
    """Implements `ports.LedgerStore`. `verified` is the tip that opening it has proved."""

    def __init__(self, path: Path, ledger: LedgerId, signer: Signer) -> None:
        self.ledger = ledger
        self._signer = signer
        self._reader = sqlite_files.connect(path)
        self._db = sqlite_files.connect(path)
        self._tip, self.head = verify(self._reader, ledger, signer.vkey)
        self._sealer = Sealer(ledger)
        self._waiting: list[_Append] = []
        self._wake = threading.Condition()
        self._closing = False
        self._failed: InvariantBrokenError | None = None
        self._backlog = 0
        self._queued: dict[ExternalId, Entry] = {}  # names of entries that are not durable yet
        self._room = asyncio.Event()
        self._room.set()
        self.on_commit: list[OnCommit] = []
        self._thread = threading.Thread(
            target=self._run, name=f"ledger {ledger.name}", daemon=True
        )
        self._thread.start()

    def append(self, entries: Sequence[Entry], names: Names = ()) -> asyncio.Future[Head]:
        """Queue entries as one unit; done once they are durable."""
        durable: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
        for name, seq in names:
            self._queued[name] = entries[seq - entries[0].seq]
        self._backlog += len(entries)
        if self._backlog > BACKLOG_ENTRIES:
            self._room.clear()
        with self._wake:
            self._waiting.append(_Append(entries, names, durable))
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

    async def room(self) -> None:
        """Wait until the queue takes another step."""
        await self._room.wait()

    def read(self, after: int, limit: int) -> list[Sealed]:
        """Give durable entries with seq > `after`."""
        return sqlite_files.read(self._reader, self.ledger, after, limit)

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Give durable leaves [start, end), from 0."""
        rows = self._reader.execute(
            "SELECT leaf FROM entry WHERE seq > ? AND seq <= ? ORDER BY seq", (start, end)
        )
        return [leaf for (leaf,) in rows]

    def head_within(self, after: int, upto: int) -> Head | None:
        """Give the newest durable head with after < size <= upto."""
        row = self._reader.execute(
            "SELECT size, root, note FROM head WHERE size > ? AND size <= ? ORDER BY size DESC",
            (after, upto),
        ).fetchone()
        return Head(*row) if row else None

    def restore(self, entries: Sequence[Sealed], head: Head, names: Names = ()) -> None:
        """Take back own entries that a peer holds and this copy lost; before any append."""
        with self._wake:
            assert not self._waiting, "a restored copy appends nothing before it is whole"
            tip = chain.verify_run(self._tip, entries, head.note, self._signer.vkey)
            self._store(entries, names, head, tip)
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
                    self._failed = _not_durable(error)
            self._tell(batch, done)

    def _take(self) -> list[_Append]:
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closing)
            count = entries = size = 0
            for append in self._waiting:
                entries += len(append.entries)
                size += sum(len(entry.body) for entry in append.entries)
                if count and (entries > BATCH_ENTRIES or size > BATCH_BYTES):
                    break
                count += 1
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
        self._store(sealed, [n for append in batch for n in append.names], head, tip)
        self._tip = tip
        return sealed, head

    def _store(self, sealed: Sequence[Sealed], names: Names, head: Head, tip: Tip) -> None:
        frontier = tip.frontier.to_bytes()
        with _transaction(self._db) as db:
            db.executemany(
                "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?)", map(sqlite_files.to_row, sealed)
            )
            db.executemany(
                "INSERT INTO ext_idem VALUES (?,?,?)", [(*name, seq) for name, seq in names]
            )
            db.execute(
                "INSERT INTO head VALUES (?,?,?,?)", (head.size, head.root, frontier, head.note)
            )

    def _tell(self, batch: list[_Append], done: tuple[list[Sealed], Head] | None) -> None:
        """Hand the outcome to the event loop; a loop that is gone needs no answer."""
        loop = batch[0].durable.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._finish, batch, done)

    def _finish(self, batch: list[_Append], done: tuple[list[Sealed], Head] | None) -> None:
        self._backlog -= sum(len(append.entries) for append in batch)
        if self._backlog <= BACKLOG_ENTRIES:
            self._room.set()
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


def newest_head(db: sqlite3.Connection) -> Head | None:
    """Give the newest signed head."""
    row = db.execute("SELECT size, root, note FROM head ORDER BY size DESC LIMIT 1").fetchone()
    return Head(*row) if row else None


def verify(
    db: sqlite3.Connection, ledger: LedgerId, vkey: Vkey, *, bodies: bool = False
) -> tuple[Tip, Head | None]:
    """Prove the whole chain and its newest head; BrokenChainError says where it breaks."""
    tip = Tip(ledger)
    head = newest_head(db)
    while page := sqlite_files.read(db, ledger, tip.size, PAGE):
        chain.extend(tip, page, bodies=bodies)
    if head is None:
        if tip.size:
            raise BrokenChainError(ledger, tip.size, "signature", "entries under no signed head")
        return tip, None
    return tip, chain.check_head(tip, head.note, vkey)


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


def _not_durable(error: Exception) -> InvariantBrokenError:
    return InvariantBrokenError(
        f"a commit failed: {error}",
        expected="every entry made durable",
        do="stop; check the disk; start again from the ledger",
        code="EN404",
    )


def _damaged(path: Path, error: Exception) -> InvariantBrokenError:
    return InvariantBrokenError(f"{path} cannot be read: {error}", code="EN402")
