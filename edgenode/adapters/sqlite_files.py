"""How every SQLite file of ours is opened, and the tables of a chain of entries.

WAL with synchronous=FULL: a commit that returned survives a power cut. Triggers refuse what no
correct program does: changing or dropping an entry, or adding one that continues no chain.

How a file is opened to read, by what its folder allows:

    the folder      beside the file             opened
    --------------  --------------------------  ---------------------------------------------------
    can be written  whatever                    as the writer does, and then it only asks: a reader
                                                in mode=ro would leave a -wal of its own behind
    has no room     nothing with content        immutable=1: the file is all there is
    on a disk that  a -wal and a -shm           mode=ro: SQLite reads the -wal too
    is read-only    no -wal, or an empty one    immutable=1: the file is all there is
                    a -wal with content alone   not: the newest entries would be left out unseen
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from edgenode.adapters import durable_file
from edgenode.model.errors import EdgenodeError, InvariantBrokenError, RefusedError
from edgenode.model.ledgers import Sealed, Segment
from edgenode.wire.entry import Row

E = TypeVar("E", bound=EdgenodeError)
BUSY_MS = 30_000  # another process may be taking a backup
REFETCH = "move the file away: its contents are fetched again at the next contact"
COPY = "copy the whole folder, -wal files with it, to a disk that can be written; read that copy"
BESIDE = ("-wal", "-shm")
PRIMARY = 0xFF  # the low byte of SQLite's extended codes
OF_THE_DISK = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
)

ENTRY_COLUMNS = "seq, hlc, kind, actor, automatic, idem, body, prev, leaf"
SEGMENT_COLUMNS = "first, last, hlc, leaf, root, frontier, note, sha256, dropped"
# Shared by a ledger's main file and its segments. In the main file `segment` lists the runs that
# lie in files of their own; in a segment, the run before it. Entries follow the newest of these.
CHAIN_SCHEMA = """
CREATE TABLE entry(
  seq INTEGER PRIMARY KEY, hlc INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL,
  automatic INTEGER NOT NULL, idem BLOB NOT NULL UNIQUE CHECK (length(idem) = 16),
  body BLOB NOT NULL, prev BLOB NOT NULL, leaf BLOB NOT NULL CHECK (length(leaf) = 32)) STRICT;
CREATE TABLE head(
  size INTEGER PRIMARY KEY, root BLOB NOT NULL, frontier BLOB NOT NULL, note TEXT NOT NULL) STRICT;
CREATE TABLE segment(
  first INTEGER NOT NULL, last INTEGER PRIMARY KEY, hlc INTEGER NOT NULL, leaf BLOB NOT NULL,
  root BLOB NOT NULL, frontier BLOB NOT NULL, note TEXT NOT NULL,
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32), dropped INTEGER NOT NULL) STRICT;
CREATE TRIGGER entry_chain BEFORE INSERT ON entry
  WHEN NEW.seq <> coalesce((SELECT max(seq) FROM entry), (SELECT max(last) FROM segment), 0) + 1
    OR NEW.prev <> coalesce((SELECT leaf FROM entry WHERE seq = NEW.seq - 1),
      (SELECT leaf FROM segment WHERE last = NEW.seq - 1), zeroblob(32))
  BEGIN SELECT raise(ABORT, 'an entry must continue the chain'); END;
CREATE TRIGGER entry_update BEFORE UPDATE ON entry
  BEGIN SELECT raise(ABORT, 'an entry is never changed'); END;
CREATE TRIGGER entry_delete BEFORE DELETE ON entry
  WHEN OLD.seq > coalesce((SELECT max(last) FROM segment), 0)
  BEGIN SELECT raise(ABORT, 'an entry is never dropped, unless a segment holds it'); END;
CREATE TRIGGER segment_chain BEFORE INSERT ON segment
  WHEN NEW.first <> (SELECT max(last) FROM segment) + 1 OR NEW.last < NEW.first
  BEGIN SELECT raise(ABORT, 'a segment must follow the one before'); END;
CREATE TRIGGER segment_update
  BEFORE UPDATE OF first, last, hlc, leaf, root, frontier, note, sha256 ON segment
  BEGIN SELECT raise(ABORT, 'a segment is never changed'); END;
CREATE TRIGGER segment_back BEFORE UPDATE OF dropped ON segment WHEN NEW.dropped < OLD.dropped
  BEGIN SELECT raise(ABORT, 'a dropped segment does not come back'); END;
CREATE TRIGGER segment_delete BEFORE DELETE ON segment
  BEGIN SELECT raise(ABORT, 'a segment is never forgotten'); END;
"""
LEDGER_SCHEMA = f"""{CHAIN_SCHEMA}
CREATE TABLE ext_idem(
  scope TEXT NOT NULL, key BLOB NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (scope, key)) STRICT, WITHOUT ROWID;
CREATE TABLE snapshot(
  size INTEGER PRIMARY KEY, root BLOB NOT NULL, version INTEGER NOT NULL, digest BLOB NOT NULL,
  parts BLOB NOT NULL, signature BLOB NOT NULL) STRICT;
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
"""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open an existing file; EN401 if there is none. A wrong path never begins a book."""
    if not path.is_file():
        raise RefusedError(
            f"there is no ledger at {path}",
            expected="the data folder of an existing ledger",
            do="check --data, or make one with init",
            code="EN401",
        )
    uri = _uri(path) if read_only else _plain_uri(path)
    try:
        return _connected(path, uri, read_only=read_only)
    except InvariantBrokenError:
        if not read_only or _is_beside(path):
            raise
        # A disk without room for a -shm. Nobody writes without one: the file is all there is.
        return _connected(path, _immutable_uri(path), read_only=True)


def _connected(path: Path, uri: str, *, read_only: bool) -> sqlite3.Connection:
    with ExitStack() as opening:
        try:
            db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            opening.callback(db.close)
            db.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if tables and read_only:
                db.execute("PRAGMA query_only=ON")
            elif tables:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=FULL")
        except sqlite3.DatabaseError as error:
            if is_disk(error):
                raise not_read(path, error) from error
            raise damaged(path, f"is no readable database: {error}", RefusedError) from error
        if not tables:
            found = "is empty: nothing was ever written to it, or it was cut off"
            raise damaged(path, found, RefusedError)
        opening.pop_all()
    return db


def create(path: Path, schema: str, rows: Mapping[str, str] | None = None) -> sqlite3.Connection:
    """Begin a file with these tables, and these rows of `meta`; EN406 if there is one.

    The file has its name only once it is whole and durable: whatever cuts this off leaves a part
    under another name, which the next call replaces. EN404 if the disk does not take it.
    """
    if path.exists():
        raise RefusedError(
            f"there is a ledger at {path}",
            expected="a path that is not in use",
            do="choose another --data; a ledger is never begun over another",
            code="EN406",
        )
    try:
        durable_file.folder(path.parent)  # Power lost in here: no folder, or an empty one.
        part = durable_file.part_of(path)
        for old in (part, *(part.with_name(part.name + end) for end in BESIDE)):
            old.unlink(missing_ok=True)  # of a start that was cut off
        _fill(part, schema, rows or {})
        # Power lost here: there is a part that nobody reads.
        durable_file.place(path)
        # Power lost here: the file is whole under its name.
    except (sqlite3.Error, OSError) as error:
        raise not_begun(path, error) from error
    return connect(path)


def _fill(part: Path, schema: str, rows: Mapping[str, str]) -> None:
    """Write all tables and rows into a part, and close it: its -wal is folded in and gone then."""
    db = sqlite3.connect(part, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.executescript(f"BEGIN; {schema} COMMIT;")
        if rows:
            # Power lost here: tables without rows, in a part that the next call replaces.
            with transaction(db):
                db.executemany("INSERT INTO meta VALUES (?,?)", list(rows.items()))
    finally:
        db.close()
    durable_file.sync(part)


def is_disk(error: sqlite3.Error) -> bool:
    """Return whether the disk is full or fails; if not, the file is damaged."""
    return getattr(error, "sqlite_errorcode", 0) & PRIMARY in OF_THE_DISK


def not_durable(error: Exception) -> InvariantBrokenError:
    """Return the error of a failed commit, which is never tried again."""
    return InvariantBrokenError(
        f"a commit failed: {error}",
        expected="every entry made durable",
        do="stop; check the disk; start again from the ledger",
        code="EN404",
    )


def not_begun(path: Path, error: Exception) -> InvariantBrokenError:
    """Return the error of a file that could not be made; nothing else changed."""
    return InvariantBrokenError(
        f"{path} cannot be begun: {error}",
        expected="a disk with room, a folder that may be written, file descriptors left",
        do="mend what is named, then try again",
        code="EN404",
    )


def not_read(path: Path, error: Exception) -> InvariantBrokenError:
    """Return the error of a failed read; nothing was written.

    SQLite must write beside a file in WAL mode also to read it.
    """
    return InvariantBrokenError(
        f"{path} cannot be read: {error}",
        expected=f"a disk that gives back what is on it, and a folder {path.parent} that may be"
        " written by whoever reads here",
        do=f"check the disk, its room, and who owns the folder; or {COPY}",
        code="EN404",
    )


def damaged(path: Path, found: str, kind: type[E]) -> E:
    """Return the error of a file that does not hold what was written."""
    return kind(
        f"{path} {found}",
        expected="a ledger in SQLite, as it was written",
        do="keep this copy as evidence and restore from a peer or a backup; where `init` was cut"
        " off, remove the folder and begin again",
        code="EN402",
    )


def to_row(sealed: Sealed) -> Row:
    """Return an entry's columns."""
    (seq, hlc, kind, actor, automatic, idem, body), prev, leaf = sealed
    return (seq, hlc, kind, actor, int(automatic), idem, body, prev, leaf)


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run a block as one transaction: all of it, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
        # Power lost here: nothing of the block is there.
        db.execute("COMMIT")  # Power lost in here: all of it or nothing, and nobody was told.
        # Power lost here: all of it is there.
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _plain_uri(path: Path) -> str:
    return f"file:{quote(str(path.absolute()))}?mode=rw"


def _uri(path: Path) -> str:
    """Return how to open a file to read (table above); EN404 if its newest part would be lost.

    Nobody writes in WAL mode without a -wal and a -shm beside the file, so immutable=1 meets no
    writer either where a folder that lives elsewhere is mounted read-only.
    """
    if not os.statvfs(path).f_flag & os.ST_RDONLY:
        return _plain_uri(path)
    wal, shm = (path.with_name(path.name + ending) for ending in ("-wal", "-shm"))
    if wal.exists() and shm.exists():
        return f"file:{quote(str(path.absolute()))}?mode=ro"
    if wal.exists() and wal.stat().st_size:
        raise InvariantBrokenError(
            f"{path} is on a disk that is read-only, and {wal.name} beside it holds its newest"
            " entries, which cannot be read there",
            expected=f"{shm.name} beside it too, or a disk that can be written",
            do=COPY,
            code="EN404",
        )
    return _immutable_uri(path)


def _immutable_uri(path: Path) -> str:
    return f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"


def _is_beside(path: Path) -> bool:
    """Return whether entries may lie beside a file, or somebody may write it now."""
    beside = [path.with_name(f"{path.name}{ending}") for ending in BESIDE]
    return any(file.exists() and file.stat().st_size for file in beside)


def segments(db: sqlite3.Connection) -> list[Segment]:
    """Return the segments that a file names, in order."""
    rows = db.execute(f"SELECT {SEGMENT_COLUMNS} FROM segment ORDER BY last")  # noqa: S608
    return [Segment(*row) for row in rows]
