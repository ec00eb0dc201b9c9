"""What one commit writes: entries with their names, the head over them, now and then a snapshot.

All runs inside one transaction of the caller (store._store). Power lost before its COMMIT:
nothing of it is there. Behind it: all of it is (tests/adapters/test_power_cuts.py).
"""

import sqlite3
from collections.abc import Sequence

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger.start import SnapshotRow
from edgenode.model.ledgers import Head, Sealed
from edgenode.ports.ledger import Names

SNAPSHOTS_KEPT = 2
TOOK_BACK = "took_back"  # a row of `meta`
# A name below the cut that was not forgotten yet may be given again; any other is given once:
# NULL is refused.
INSERT_NAME = """
INSERT INTO ext_idem VALUES (?,?,?) ON CONFLICT (scope, key) DO UPDATE SET seq = iif(
  seq <= (SELECT max(last) FROM segment WHERE dropped = 1), excluded.seq, NULL)
"""


def put(
    db: sqlite3.Connection, sealed: Sequence[Sealed], names: Names, head: Head, frontier: bytes
) -> None:
    """Write entries, their names, and the head over them."""
    rows = map(sqlite_files.to_row, sealed)
    db.executemany("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?,?)", rows)
    db.executemany(INSERT_NAME, [(*name, seq) for name, seq in names])
    db.execute("INSERT INTO head VALUES (?,?,?,?)", (head.size, head.root, frontier, head.note))


def note_taken_back(db: sqlite3.Connection, size: int) -> None:
    """Note that own entries up to `size` were taken back from a peer."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (TOOK_BACK, str(size)))


def took_back_to(db: sqlite3.Connection) -> int:
    """Return the size up to which own entries were last taken back; 0 if they never were."""
    rows = db.execute("SELECT value FROM meta WHERE key = ?", (TOOK_BACK,)).fetchall()
    return int(rows[0][0]) if rows else 0


def drop_head(db: sqlite3.Connection, needless: int) -> None:
    """Delete a head that the newest makes needless (head_spacing); none if it is 0."""
    db.execute("DELETE FROM head WHERE size = ?", (needless,))


def keep_snapshot(db: sqlite3.Connection, saved: SnapshotRow) -> None:
    """Write a snapshot, and delete the oldest."""
    db.execute("INSERT OR REPLACE INTO snapshot VALUES (?,?,?,?,?,?)", saved)
    db.execute(
        "DELETE FROM snapshot WHERE size NOT IN"
        " (SELECT size FROM snapshot ORDER BY size DESC LIMIT ?)",
        (SNAPSHOTS_KEPT,),
    )
