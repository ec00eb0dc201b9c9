"""A party's own ledger: one writer thread, one connection, one fsync for all that waited.

`append` puts entries on a list. Whenever the thread is idle it takes the whole list: seals, grows
the tree, signs one head, and commits entries and head in one transaction. So an entry is never
durable without a signed head over it. A failed commit is final: this and all later appends fail.
Between batches the thread does a slice of what keeps the file small (adapters/ledger/keeping).

    power lost                      the next start finds
    ------------------------------  ------------------------------------------------------------
    before the COMMIT of a batch    nothing of it: nobody was told
    in the COMMIT                   all of it or nothing; nobody was told
    behind the COMMIT               all of it; who asked may not know, and asks by the same name

tests/adapters/test_power_cuts.py cuts the power at any write and sync of SQLite.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from edgenode.adapters import sqlite_files
from edgenode.adapters.in_place import InPlace
from edgenode.adapters.ledger import commit as ledger_commit
from edgenode.adapters.ledger import files as ledger_files
from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger.backlog import Append, Backlog, batched
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.adapters.ledger.head_spacing import HeadSpacing
from edgenode.adapters.ledger.keeping import Keeper
from edgenode.adapters.ledger.start import SnapshotRow
from edgenode.core.ledger import chain
from edgenode.core.ledger.chain import Tip
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.ledger.retention import SEGMENT_ENTRIES, PrunedError
from edgenode.core.past import PRUNED_SCOPES
from edgenode.core.state.snapshot import Snapshot
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.ledgers import Entry, ExternalId, Head, LedgerId, Named, Sealed, Segment
from edgenode.ports.ledger import Names
from edgenode.wire.checkpoint import Signer
from edgenode.wire.entry import Sealer

T = TypeVar("T")
OnCommit = Callable[[list[Sealed], Head], None]


class OwnLedger:
    """Implements `ports.LedgerStore`. What opening it proved is in `began`."""

    def __init__(
        self, path: Path, ledger: LedgerId, signer: Signer, *, length: int = SEGMENT_ENTRIES
    ) -> None:
        self.ledger = ledger
        self._signer = signer
        folder = ledger_files.folder_of(path)
        with ExitStack() as opening:  # a ledger that does not verify leaves nothing open
            self._reader = opening.enter_context(closing(sqlite_files.connect(path)))
            self._db = opening.enter_context(closing(sqlite_files.connect(path)))
            self.files = opening.enter_context(closing(LedgerFiles(self._reader, ledger, folder)))
            self.began = ledger_start.open_at(self.files, signer.vkey)
            self._in_place = InPlace(path)
            opening.pop_all()
        self._keeper = Keeper(LedgerFiles(self._db, ledger, folder), signer.vkey, length)
        self._tip, self.head = self.began.tip, self.began.head
        self._took_back_to = ledger_commit.took_back_to(self._reader)
        self._spacing = HeadSpacing()
        self._sealer = Sealer(ledger)
        self._waiting: list[Append] = []
        self._wake = threading.Condition()
        self._idle = threading.Event()  # nothing is left to be kept
        self._writing = threading.Lock()  # one transaction at a time, whoever begins it
        self._closing = False
        self._failed: InvariantBrokenError | None = None
        self._backlog = Backlog()
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
        append = self._backlog.add(entries, names, snapshot)
        with self._wake:
            self._waiting.append(append)
            if len(self._waiting) == 1:  # else it was woken by the one before, or is at work
                self._wake.notify()
        return append.durable

    def recall(self, name: ExternalId) -> Named | None:
        """Return what was appended under a name, durable or not (see `ports.LedgerStore`)."""
        queued = self._backlog.named.get(name)
        if queued is not None:
            return Named(queued.seq, queued)
        row = self._reader.execute(
            "SELECT seq, seq <= (SELECT max(last) FROM segment WHERE dropped = 1)"
            " FROM ext_idem WHERE scope = ? AND key = ?",
            name,
        ).fetchone()
        if row is None:
            return None
        seq, pruned = row
        if not pruned:
            with suppress(PrunedError):  # the cut may have moved since
                return Named(seq, self.read(seq - 1, 1)[0].entry)
        return None if name.scope in PRUNED_SCOPES else Named(seq, None)

    async def room(self, *, urgent: bool = False) -> None:
        """Wait until the queue takes another step; what takes risk off has room of its own."""
        await self._backlog.room(urgent=urgent)

    def read(self, after: int, limit: int) -> list[Sealed]:
        """Return durable entries with seq > `after`; PrunedError where they lie below the cut."""
        return self.files.read(after, limit)

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Return durable leaves [start, end), from 0."""
        return self.files.leaves(start, end)

    def edge(self) -> Frontier:
        """Return the tree's edge at the cut."""
        return self.files.edge()

    def root_at(self, size: int) -> bytes:
        """Return the root at a size; b"" below the cut."""
        return ledger_files.root_at(self.files, size)

    def covered(self, after: int, limit: int) -> tuple[list[Sealed], list[Head]]:
        """Return durable entries with seq > `after` and the heads over them, as of one moment."""
        return self.files.covered(after, limit)

    @property
    def trouble(self) -> str:
        """Return why a segment could not be made; "" if none failed."""
        return self._keeper.trouble

    def drop(self, segments: Sequence[Segment]) -> None:
        """Drop segments that nothing holds any more; done between batches."""
        with self._wake:
            self._idle.clear()
            self._keeper.drop(segments)
            self._wake.notify()

    def rest(self) -> None:
        """Wait until nothing is left to seal or drop; EN404 if that failed for good."""
        self._idle.wait()
        if self._failed is not None:
            raise self._failed

    def restore(self, entries: Sequence[Sealed], head: Head, names: Names = ()) -> None:
        """Take back own entries that a peer holds and this copy lost; before any append."""
        with self._wake:
            assert not self._waiting, "a restored copy appends nothing before it is whole"
            tip = chain.verify_run(self._tip, entries, head.note, self._signer.vkey)
            try:
                # Power lost in here: all of them, or none: then the next start is behind again.
                with self._writing, sqlite_files.transaction(self._db) as db:
                    ledger_commit.put(db, entries, names, head, tip.frontier.to_bytes())
                    self._thin_heads(db, entries, head, stays=False)
                    ledger_commit.note_taken_back(db, head.size)
                # Power lost here: the next start is no longer behind; the note says what happened.
            except sqlite3.Error as error:
                raise sqlite_files.not_durable(error) from error
            self._tip, self.head, self._took_back_to = tip, head, head.size

    @property
    def took_back(self) -> bool:
        """Return whether own entries were taken back and nothing was appended since."""
        return self.head is not None and self.head.size == self._took_back_to

    def check_in_place(self) -> None:
        """Raise EN404 if the file was deleted or replaced since it was opened."""
        self._in_place.check()

    def close(self) -> None:
        """Stop the thread; what was appended is durable, or failed, before this returns."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._keeper.close()
        self.files.close()
        self._reader.close()
        self._db.close()

    # -- the writer thread -------------------------------------------------------------------

    def _run(self) -> None:
        while (batch := self._take()) is not None:
            if batch:
                self._tell(batch, self._attempt(partial(self._commit, batch)))
            if self._works:
                self._attempt(self._keeper.step)
            if not self._works:
                self._idle.set()
        self._idle.set()

    def _attempt(self, act: Callable[[], T]) -> T | None:
        """Write, unless writing has failed before: whatever a failure was, it is final."""
        if self._failed is None:
            try:
                with self._writing:
                    return act()
            except Exception as error:  # noqa: BLE001
                self._failed = sqlite_files.not_durable(error)
        return None

    def _take(self) -> list[Append] | None:
        """Take the next batch; None at the end, nothing if there is other work."""
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closing or self._works)
            if self._closing and not self._waiting:
                return None
            batch, self._waiting = batched(self._waiting)
            return batch

    @property
    def _works(self) -> bool:
        return self._failed is None and self._keeper.busy

    def _commit(self, batch: list[Append]) -> tuple[list[Sealed], Head]:
        entries = (entry for append in batch for entry in append.entries)
        tip, sealed, head = chain.grown(self._tip, entries, self._signer, self._sealer)
        taken = batch[-1].snapshot
        saved = SnapshotRow.of(taken, head, self._signer) if taken is not None else None
        names = [name for append in batch for name in append.names]
        self._store(sealed, names, head, tip, saved)
        self._tip = tip
        if saved is not None:
            self._idle.clear()
            self._keeper.look()  # behind it, there may be a run to seal
        return sealed, head

    def _store(
        self,
        sealed: Sequence[Sealed],
        names: Names,
        head: Head,
        tip: Tip,
        saved: SnapshotRow | None,
    ) -> None:
        # Power lost in here: all of the batch or nothing of it, and nobody was told.
        with sqlite_files.transaction(self._db) as db:
            ledger_commit.put(db, sealed, names, head, tip.frontier.to_bytes())
            self._thin_heads(db, sealed, head, stays=saved is not None)
            if saved is not None:
                ledger_commit.keep_snapshot(db, saved)
        self._in_place.check()  # before anybody is told: where the next start reads, it is there

    def _thin_heads(
        self, db: sqlite3.Connection, sealed: Sequence[Sealed], head: Head, *, stays: bool
    ) -> None:
        size_bytes = sum(len(s.entry.body) for s in sealed)
        needless = self._spacing.next(head.size, len(sealed), size_bytes, stays=stays)
        ledger_commit.drop_head(db, needless)

    def _tell(self, batch: list[Append], done: tuple[list[Sealed], Head] | None) -> None:
        """Send the outcome to the event loop, unless that is closed."""
        loop = batch[0].durable.get_loop()
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._finish, batch, done)

    def _finish(self, batch: list[Append], done: tuple[list[Sealed], Head] | None) -> None:
        if done is None:
            assert self._failed is not None
            self._backlog.settle(batch, self._failed)
            return
        self.head = done[1]
        self._backlog.settle(batch, self.head)
        for tell in self.on_commit:
            tell(*done)


def create(path: Path, ledger: LedgerId, meta: dict[str, str]) -> None:
    """Begin an empty ledger; EN406 if there is one."""
    rows = {"ledger": ledger.name, **meta}
    sqlite_files.create(path, sqlite_files.LEDGER_SCHEMA, rows).close()


def meta(path: Path) -> dict[str, str]:
    """Read what was written when the ledger was begun; EN401 if there is none."""
    with opened(path) as db:
        return dict(db.execute("SELECT key, value FROM meta").fetchall())


@contextmanager
def reading(path: Path, archive: Path | None = None) -> Iterator[LedgerFiles]:
    """Open a ledger to read, also beside a running daemon; EN402 if it is damaged.

    `archive`: the folder of its archived segments, for what was pruned.
    """
    ledger = LedgerId.parse(meta(path)["ledger"])
    with opened(path) as db:
        files = LedgerFiles(db, ledger, ledger_files.folder_of(path), archive)
        try:
            yield files
        finally:
            files.close()


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file of ours to read; EN402 if it is damaged."""
    db = sqlite_files.connect(path, read_only=True)
    try:
        yield db
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error
    finally:
        db.close()


def _damaged(path: Path, error: sqlite3.Error) -> InvariantBrokenError:
    if sqlite_files.is_disk(error):
        return sqlite_files.not_read(path, error)
    return sqlite_files.damaged(path, f"cannot be read: {error}", InvariantBrokenError)
