"""A ledger's entries to read, wherever they lie: its segments first, then its main file.

What was sealed may for a while be in both; it is equal. Below the cut (dropped segments) there is
nothing here: PrunedError, unless a folder of the archive is at hand, whose files are then read as
if they had never left.
"""

import sqlite3
from collections import OrderedDict
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger import segments as segments_sqlite
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.ledger.retention import PrunedError
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Head, LedgerId, Sealed, Segment
from edgenode.wire import entry as wire_entry

FOLDER = "segments"
OPEN_MAX = 2  # a reader goes through them in order
_SEGMENT = f"SELECT {sqlite_files.SEGMENT_COLUMNS} FROM segment"  # noqa: S608


def folder_of(path: Path) -> Path:
    """Return the folder of the segments of a ledger's main file."""
    return path.parent / FOLDER


class LedgerFiles:
    """Reads one ledger over one connection to its main file; beside its writer too."""

    def __init__(
        self, db: sqlite3.Connection, ledger: LedgerId, folder: Path, archive: Path | None = None
    ) -> None:
        self.db = db
        self.ledger = ledger
        self.folder = folder
        self.archive = archive
        self._open: OrderedDict[int, sqlite3.Connection] = OrderedDict()

    def close(self) -> None:
        """Close the segments; the main file's connection is its owner's."""
        while self._open:
            self._open.popitem()[1].close()

    def segments(self) -> list[Segment]:
        """Return all segments ever sealed, in order; the dropped ones come first."""
        return sqlite_files.segments(self.db)

    def cut(self) -> Segment | None:
        """Return the newest segment that cannot be read from here, None if all can."""
        dropped = self._rows(f"{_SEGMENT} WHERE dropped = 1 ORDER BY last DESC")
        segments = (Segment(*row) for row in dropped)
        return next((s for s in segments if self._archived(s) is None), None)

    def edge(self) -> Frontier:
        """Return the tree's edge at the cut."""
        cut = self.cut()
        return Frontier.from_bytes(cut.last, cut.frontier) if cut else Frontier()

    def newest_head(self) -> Head | None:
        """Return the newest signed head."""
        rows = self._rows("SELECT size, root, note FROM head ORDER BY size DESC LIMIT 1")
        return Head(*rows[0]) if rows else None

    def edge_before(self, size: int) -> Frontier:
        """Return the tree's edge at the newest stored head up to `size`, or at the cut."""
        rows = self._rows(
            "SELECT size, root, frontier FROM head WHERE size <= ? ORDER BY size DESC LIMIT 1",
            size,
        )
        for at, root, nodes in rows:
            with suppress(RefusedError):
                edge = Frontier.from_bytes(at, nodes)
                if edge.root == root:
                    return edge
        return self.edge()

    def read(self, after: int, limit: int) -> list[Sealed]:
        """Return entries with seq > `after`, in order; PrunedError below the cut."""
        return [wire_entry.from_row(row) for row in self.rows(after, limit)]

    def rows(self, after: int, limit: int) -> list[wire_entry.Row]:
        """Return what `read` gives, as it is stored."""
        return self._collect(sqlite_files.ENTRY_COLUMNS, after, limit)

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Return leaves [start, end), from 0."""
        return [leaf for _, leaf in self._collect("seq, leaf", start, end - start)]

    def covered(self, after: int, limit: int) -> tuple[list[Sealed], list[Head]]:
        """Return entries with seq > `after` and the heads over them, as of one moment."""
        self.db.execute("BEGIN")  # beside the writer, a read transaction sees one moment
        try:
            run = self.read(after, limit)
            heads = self._rows(
                "SELECT size, root, note FROM head WHERE size > ? AND size <= ? ORDER BY size",
                *(after, after + limit),
            )
        finally:
            self.db.execute("COMMIT")
        return run, [Head(*row) for row in heads]

    def path(self, segment: Segment) -> Path:
        """Find a segment's file: in the archive at hand, else here; EN402 if it is in neither.

        A copy in the archive is one that we do not keep: it is checked to be the file.
        """
        archived = self._archived(segment)
        if archived is not None:
            if segments_sqlite.finish(segments_sqlite.file_hash(archived)) != segment.sha256:
                raise unreadable(segment, f"the archive's copy {archived} is another file")
            return archived
        path = segments_sqlite.path_of(self.folder, segment.first, segment.last)
        if not path.is_file():
            raise unreadable(segment, f"there is no {path}")
        return path

    def _collect(self, columns: str, after: int, limit: int) -> list[Any]:
        rows: list[Any] = []
        while len(rows) < limit and (more := self._run(columns, after, limit - len(rows))):
            rows += more
            after = rows[-1][0]
        return rows

    def _run(self, columns: str, after: int, limit: int) -> list[Any]:
        """Return rows behind `after` from the one file that holds the next of them."""
        sql = f"SELECT {columns} FROM entry WHERE seq > ? ORDER BY seq LIMIT ?"  # noqa: S608
        sealed = self._rows(f"{_SEGMENT} WHERE last > ? ORDER BY last LIMIT 1", after)
        if not sealed:
            return self._rows(sql, after, limit)
        segment = Segment(*sealed[0])
        if segment.dropped and self._archived(segment) is None:
            cut = self.cut()
            raise PrunedError(self.ledger.name, after + 1, cut.last if cut else segment.last)
        try:
            return self._opened(segment).execute(sql, (after, limit)).fetchall()
        except sqlite3.DatabaseError as error:
            raise unreadable(segment, error) from error

    def _opened(self, segment: Segment) -> sqlite3.Connection:
        held = self._open.pop(segment.last, None)
        if held is None:
            held = segments_sqlite.open_sealed(self.path(segment))
        self._open[segment.last] = held  # newest last
        while len(self._open) > OPEN_MAX:
            self._open.popitem(last=False)[1].close()
        return held

    def _archived(self, segment: Segment) -> Path | None:
        if self.archive is None:
            return None
        path = segments_sqlite.path_of(self.archive, segment.first, segment.last)
        return path if path.is_file() else None

    def _rows(self, sql: str, *values: object) -> list[Any]:
        return self.db.execute(sql, values).fetchall()


def unreadable(segment: Segment, found: object) -> RefusedError:
    """Return the error of a segment that is missing or damaged."""
    return RefusedError(
        f"segment {segment.name} cannot be read: {found}",
        expected="the file that was sealed",
        do="put its copy from the archive or a backup back under DIR/segments",
        code="EN402",
    )


def root_at(files: LedgerFiles, size: int) -> bytes:
    """Return the root at a size, from the edge at the stored head before it; b"" below the cut."""
    try:
        return Tree(files.leaves, partial(files.edge_before, size)).root_at(size)
    except PrunedError:
        return b""
