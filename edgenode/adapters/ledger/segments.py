"""One sealed run of a ledger in a file of its own: DIR/segments/FIRST-LAST.sqlite.

Tables and triggers are those of the ledger's main file. `segment` holds the run before it (no row
in the first), `head` the heads within it, the last of them at its end: so a file proves itself,
from the edge of the tree where it begins to a signed head, with the ledger's key alone. It is
never written again, and so it is opened immutable.

Whatever may take long here is done in slices, with a yield between them: the writer thread lets
commits through there.
"""

import hashlib
import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from edgenode.adapters import durable_file, sqlite_files
from edgenode.core.ledger import chain
from edgenode.core.ledger.chain import BrokenChainError, Tip
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.ledger.retention import Run
from edgenode.model.ledgers import Entry, LedgerId, Segment, segment_name
from edgenode.wire import entry as wire_entry
from edgenode.wire.checkpoint import Vkey

SLICE_ENTRIES = 256  # some 1 to 2 ms of copying or proving, and one sync of 100 KiB
SLICE_BYTES = 1 << 20  # some 1 ms of hashing
T = TypeVar("T")
Slices = Generator[None, None, T]


def path_of(folder: Path, first: int, last: int) -> Path:
    """Return the place of a run's file."""
    return folder / f"{segment_name(first, last)}.sqlite"


def tip_behind(ledger: LedgerId, before: Segment | None) -> Tip:
    """Return the tip from which what follows a segment continues; the beginning behind none."""
    if before is None:
        return Tip(ledger)
    return Tip(ledger, Frontier.from_bytes(before.last, before.frontier), before.leaf)


def seal(
    db: sqlite3.Connection, folder: Path, run: Run, before: Segment | None, tip: Tip, vkey: Vkey
) -> Slices[Segment]:
    """Copy a run from the main file into a segment, and prove it as it lies on the disk.

    Nothing in the main file changes. OSError, sqlite3.Error or BrokenChainError: no segment was
    made.
    """
    durable_file.folder(folder)
    path = path_of(folder, *run)
    part = durable_file.part_of(path)
    part.unlink(missing_ok=True)
    yield from _copy(db, part, run, before)
    durable_file.forget_cached(part)
    proved = yield from prove(part, tip, vkey)
    sha256 = yield from file_hash(part)
    # Power lost here: a part that the next start removes. What gets its name is whole: it was
    # synced in slices, and read back.
    durable_file.place(path)
    # Power lost here: a whole file that no row names yet; the next sealing replaces it.
    return proved._replace(sha256=sha256)


def prove(path: Path, tip: Tip, vkey: Vkey, *, bodies: bool = False) -> Slices[Segment]:
    """Prove a file as the continuation of `tip`, which grows, up to the signed head at its end.

    Gives its row as the file shows it, without the file's hash. BrokenChainError says where it
    breaks; sqlite3.Error where it cannot be read.
    """
    first, hlc = tip.size + 1, 0
    with closing(open_sealed(path)) as db:
        before = sqlite_files.segments(db)
        if [(s.last, s.leaf, s.frontier) for s in before] != _edges(tip):
            found = f"{path.name} follows another run"
            raise BrokenChainError(tip.ledger, first, "prev", found)
        while rows := _page(db, tip.size, SLICE_ENTRIES):
            chain.extend_rows(tip, rows, bodies=bodies)
            hlc = rows[-1][1]
            yield
        row = db.execute("SELECT note FROM head ORDER BY size DESC LIMIT 1").fetchone()
    if row is None:
        raise BrokenChainError(tip.ledger, tip.size, "signature", f"{path.name} has no head")
    head = chain.check_head(tip, row[0], vkey)
    frontier = tip.frontier.to_bytes()
    return Segment(first, tip.size, hlc, tip.prev, head.root, frontier, head.note, b"")


def pages(path: Path) -> Iterator[list[Entry]]:
    """Return a segment's entries in slices; sqlite3.DatabaseError where it cannot be read."""
    after = 0
    with closing(open_sealed(path)) as db:
        while rows := _page(db, after, SLICE_ENTRIES):
            yield [wire_entry.from_row(row).entry for row in rows]
            after = rows[-1][0]


def file_hash(path: Path) -> Slices[bytes]:
    """Hash a file."""
    made = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(SLICE_BYTES):
            made.update(data)
            yield
    return made.digest()


def open_sealed(path: Path) -> sqlite3.Connection:
    """Open a file that nobody writes; it leaves no trace beside it."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def finish(slices: Slices[T]) -> T:
    """Run what is done in slices to its end."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            value: T = end.value
            return value


def _copy(db: sqlite3.Connection, part: Path, run: Run, before: Segment | None) -> Slices[None]:
    after = run.first - 1
    with _begun(part) as to:
        if before is not None:
            row = before._replace(dropped=0)
            to.execute("INSERT INTO segment VALUES (?,?,?,?,?,?,?,?,?)", row)
        while after < run.last:
            rows = _page(db, after, min(SLICE_ENTRIES, run.last - after))
            if not rows:
                raise sqlite3.DatabaseError(f"there is no entry behind {after}")
            with sqlite_files.transaction(to):
                to.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?)", rows)
            after = rows[-1][0]
            # Power lost here: a part, torn or not, that the next start removes.
            durable_file.sync(part)  # a little at a time: the last sync waits for little
            yield
        heads = db.execute(
            "SELECT size, root, frontier, note FROM head WHERE size >= ? AND size <= ?", run
        ).fetchall()
        with sqlite_files.transaction(to):
            to.executemany("INSERT INTO head VALUES (?,?,?,?)", heads)
    durable_file.sync(part)
    yield


@contextmanager
def _begun(part: Path) -> Iterator[sqlite3.Connection]:
    """Begin a part. It needs no journal: where this does not come to its end, it is removed."""
    db = sqlite3.connect(part, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=OFF")
        db.execute("PRAGMA synchronous=OFF")
        db.executescript(f"BEGIN; {sqlite_files.CHAIN_SCHEMA} COMMIT;")
        yield db
    finally:
        db.close()


def _page(db: sqlite3.Connection, after: int, limit: int) -> list[wire_entry.Row]:
    return db.execute(
        f"SELECT {sqlite_files.ENTRY_COLUMNS} FROM entry WHERE seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
        (after, limit),
    ).fetchall()


def _edges(tip: Tip) -> list[tuple[int, bytes, bytes]]:
    return [(tip.size, tip.prev, tip.frontier.to_bytes())] if tip.size else []
