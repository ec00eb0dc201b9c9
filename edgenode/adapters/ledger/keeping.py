"""What keeps a ledger's main file small: sealing runs into segments, and dropping old ones.

The writer thread does a slice of it between batches, so that a commit waits some milliseconds at
most and there is still one writer. Each step says what holds if the power is lost there; the next
start runs the same steps, which finish or discard what was begun. tests/adapters/test_segment_cuts
cuts the power at every one of them.

    step        done in the main file                        power lost before the next step
    ----------  -------------------------------------------  -----------------------------------
    seal        nothing                                      a file that no row names: made again
    record      one transaction: the segment's row           its entries are in both: equal
    tidy        slices: entries that the segment holds        fewer are in both
    drop        one transaction: `dropped`, and the heads    below the cut nothing is read any more
    names       slices: the names that go with it            some are left, and name nothing
    remove      nothing; the file is unlinked                it is there: unlinked again
"""

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from edgenode.adapters import durable_file, sqlite_files
from edgenode.adapters.ledger import segments as segments_sqlite
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.core.ledger.retention import SEGMENT_ENTRIES, Run, to_seal
from edgenode.core.past import PRUNED_SCOPES, names_of
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, ExternalId, Segment
from edgenode.wire import facts as wire_facts
from edgenode.wire.checkpoint import Vkey

DELETE_NAME = "DELETE FROM ext_idem WHERE scope = ? AND key = ? AND seq <= ?"
SPARE_BYTES = 192 << 20  # sealing must not be what stops a node that runs out of room


class Keeper:
    """Works through what is to be done, a slice at a time; owned by the writer thread.

    What it raises is final, as a failed commit is. Where a segment could not be made nothing has
    changed: `trouble` says why, and the next snapshot tries again.
    """

    def __init__(
        self,
        files: LedgerFiles,
        vkey: Vkey,
        length: int = SEGMENT_ENTRIES,
        spare: int = SPARE_BYTES,
    ) -> None:
        self.trouble = ""
        self._files = files
        self._db = files.db
        self._vkey = vkey
        self._length = length
        self._spare = spare
        self._to_drop: list[Segment] = []
        self._work: Generator[None, None, None] | None = None
        self.look()

    @property
    def busy(self) -> bool:
        """Return whether a slice waits to be done."""
        return self._work is not None

    def look(self) -> None:
        """Begin to work, unless at work: there may be something to do."""
        if self._work is None:
            self._work = self._all()

    def drop(self, segments: Sequence[Segment]) -> None:
        """Drop these segments, which nothing holds any more (core/ledger/retention)."""
        self._to_drop += segments
        self.look()

    def step(self) -> None:
        """Run one slice."""
        assert self._work is not None
        try:
            next(self._work)
        except StopIteration:
            self._work = None
            if self._to_drop:
                self.look()

    def close(self) -> None:
        """Stop; the next start does the rest."""
        if self._work is not None:
            self._work.close()
            self._work = None

    def _all(self) -> Generator[None, None, None]:
        self._discard_parts()
        yield from self._tidy()
        yield from self._forget()
        while self._to_drop:  # first, for it makes room
            self._drop(self._to_drop.pop(0))
            yield
            yield from self._forget()
        while run := self._next():
            segment = yield from self._seal(run)
            if segment is None:
                return
            self._record(segment)
            yield
            yield from self._tidy()

    def _discard_parts(self) -> None:
        """Remove what a cut left unfinished: no row names it."""
        with suppress(OSError):
            for part in self._files.folder.glob(f"*{durable_file.PART}"):
                part.unlink()  # Power lost here: it may be back, and is removed again.

    def _next(self) -> Run | None:
        (size,) = self._db.execute("SELECT coalesce(max(size), 0) FROM head").fetchone()
        (after,) = self._db.execute("SELECT coalesce(max(last), 0) FROM segment").fetchone()
        if size - after <= self._length:
            return None
        heads = self._db.execute("SELECT size FROM head WHERE size > ? ORDER BY size", (after,))
        return to_seal(
            after=after,
            size=size,
            snapshots=[n for (n,) in self._db.execute("SELECT size FROM snapshot").fetchall()],
            heads=[n for (n,) in heads.fetchall()],
            length=self._length,
        )

    def _seal(self, run: Run) -> Generator[None, None, Segment | None]:
        """Make a segment of a run; None if it could not be made."""
        files, sealed = self._files, self._files.segments()
        before = sealed[-1] if sealed else None
        tip = segments_sqlite.tip_behind(files.ledger, before)
        made = segments_sqlite.seal(self._db, files.folder, run, before, tip, self._vkey)
        try:
            while True:
                durable_file.check_room(files.folder.parent, self._spare)
                next(made)
                yield
        except StopIteration as end:
            self.trouble = ""
            segment: Segment = end.value
            return segment
        except (OSError, sqlite3.Error, BrokenChainError) as error:
            self.trouble = f"segment {run.first} to {run.last} was not sealed: {error}"
            part = durable_file.part_of(segments_sqlite.path_of(files.folder, *run))
            part.unlink(missing_ok=True)  # Power lost here: the next start removes it.
            return None
        finally:
            made.close()

    def _record(self, segment: Segment) -> None:
        """Name a segment. From here on its entries are read from it, and may leave."""
        with sqlite_files.transaction(self._db) as db:
            db.execute("INSERT INTO segment VALUES (?,?,?,?,?,?,?,?,?)", segment)
            # Entry 1 may be dropped one day, and it names the key.
            db.execute("INSERT OR IGNORE INTO meta VALUES ('vkey', ?)", (self._vkey.text,))
        # Power lost here: the run is in the segment and in the main file, equal; `_tidy` goes on.

    def _tidy(self) -> Generator[None, None, None]:
        """Delete from the main file the entries that a segment holds."""
        (upto,) = self._db.execute("SELECT coalesce(max(last), 0) FROM segment").fetchone()
        while True:
            (first,) = self._db.execute("SELECT min(seq) FROM entry").fetchone()
            if first is None or first > upto:
                return
            last = min(upto, first + segments_sqlite.SLICE_ENTRIES - 1)
            with sqlite_files.transaction(self._db) as db:
                db.execute("DELETE FROM entry WHERE seq >= ? AND seq <= ?", (first, last))
            # Power lost here: some entries are in the segment alone; the next start tidies on.
            yield

    def _drop(self, segment: Segment) -> None:
        """Move the cut behind a segment, in one transaction."""
        with sqlite_files.transaction(self._db) as db:
            db.execute("UPDATE segment SET dropped = 1 WHERE last = ?", (segment.last,))
            db.execute("DELETE FROM head WHERE size <= ?", (segment.last,))
        # Power lost here: the file and its names are still there, and nothing reads them;
        # `_forget` removes them at the next start.

    def _forget(self) -> Generator[None, None, None]:
        """Delete what lies behind the cut: names, then the file that lists them."""
        for segment in self._files.segments():
            path = segments_sqlite.path_of(self._files.folder, segment.first, segment.last)
            if not segment.dropped or not path.exists():
                continue
            yield from self._forget_names(path, segment.last)
            # Power lost here: the file is still there, and its names are forgotten once more.
            try:
                durable_file.remove(path)
            except OSError as error:
                self.trouble = f"dropped segment {segment.name} is still here: {error}"
                return
            yield

    def _forget_names(self, path: Path, last: int) -> Generator[None, None, None]:
        """Delete a segment's names; if the file cannot be read they stay, and find nothing."""
        pages = segments_sqlite.pages(path)
        while entries := _next_page(pages):
            names = [(*name, last) for entry in entries for name in _pruned_names(entry)]
            with sqlite_files.transaction(self._db) as db:
                db.executemany(DELETE_NAME, names)
            # Power lost here: some names are left; `recall` finds nothing by them.
            yield


def _next_page(pages: Iterator[list[Entry]]) -> list[Entry]:
    with suppress(sqlite3.DatabaseError):
        return next(pages, [])
    return []


def _pruned_names(entry: Entry) -> list[ExternalId]:
    """Return the names that go with an entry; none where this release cannot read it."""
    try:
        names = names_of(wire_facts.decode(entry.kind, entry.body))
    except RefusedError:
        return []
    return [name for name in names if name.scope in PRUNED_SCOPES]
