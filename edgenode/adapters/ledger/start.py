"""Opening a ledger: what is proved, and from where.

The newest head is checked against the tree always. Entries are checked from the newest snapshot
whose head and signature hold; if there is none, or where all is asked for (`ledger verify`, the
update gate), from the beginning, or from the signed head at the cut where entries were pruned. A
snapshot that does not hold is left aside, never repaired.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import NamedTuple, Self

from edgenode.adapters.ledger import files as ledger_files
from edgenode.adapters.ledger import segments as segments_sqlite
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.core.ledger import chain
from edgenode.core.ledger.chain import BrokenChainError, Tip
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import STATE_VERSION, NodeState
from edgenode.core.state.snapshot import Snapshot
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Head, Segment
from edgenode.wire import ed25519
from edgenode.wire.checkpoint import Signer, Vkey

PAGE = 2_000


class SnapshotRow(NamedTuple):
    """A snapshot's row. The ledger's key signs its size, root and the hash of its parts."""

    size: int
    root: bytes
    version: int
    digest: bytes
    parts: bytes
    signature: bytes

    @classmethod
    def of(cls, taken: Snapshot, head: Head, signer: Signer) -> Self:
        """Return the row of a state as it is behind a head."""
        parts_hash = hashlib.sha256(taken.parts).digest()
        signature = signer.key.sign(snapshot.signed(head.size, head.root, parts_hash))
        return cls(head.size, head.root, STATE_VERSION, taken.digest, taken.parts, signature)

    def holds(self, vkey: Vkey) -> bool:
        """Return whether this ledger's key signed it as it is."""
        said = snapshot.signed(self.size, self.root, hashlib.sha256(self.parts).digest())
        return ed25519.verify(vkey.public, self.signature, said)


@dataclass(frozen=True, slots=True)
class Began:
    """What opening a ledger proved, and the state to fold on from."""

    tip: Tip
    head: Head | None
    state: NodeState | None  # None: fold from the beginning
    from_seq: int  # the first entry that was checked


class LoadedSnapshot(NamedTuple):
    """A snapshot that holds: the state, and the chain's tip under it."""

    state: NodeState
    tip: Tip


def open_at(files: LedgerFiles, vkey: Vkey) -> Began:
    """Prove a ledger from its newest snapshot that holds."""
    for loaded in (load(files, vkey, size) for size in snapshots(files)):
        if loaded is not None:
            from_seq = loaded.tip.size + 1
            return Began(loaded.tip, _extend(files, loaded.tip, vkey), loaded.state, from_seq)
    tip, head, from_seq = verify(files, vkey)
    return Began(tip, head, None, from_seq)


def verify(
    files: LedgerFiles, vkey: Vkey, *, bodies: bool = False
) -> tuple[Tip, Head | None, int]:
    """Prove the chain from the cut, every segment and the newest head: (tip, head, first seq).

    BrokenChainError says where it breaks.
    """
    cut = files.cut()
    tip = segments_sqlite.tip_behind(files.ledger, cut)
    from_seq = tip.size + 1
    if cut is not None:
        chain.check_head(tip, cut.note, vkey)
    for segment in files.segments():
        if segment.last > tip.size:
            _prove(files, segment, tip, vkey, bodies=bodies)
    return tip, _extend(files, tip, vkey, bodies=bodies), from_seq


def snapshots(files: LedgerFiles) -> list[int]:
    """Return the sizes of the snapshots, the newest first."""
    rows = files.db.execute("SELECT size FROM snapshot ORDER BY size DESC").fetchall()
    return [size for (size,) in rows]


def load(files: LedgerFiles, vkey: Vkey, size: int) -> LoadedSnapshot | None:
    """Load the snapshot at a size; None if it is not to be used."""
    saved = SnapshotRow(
        *files.db.execute("SELECT * FROM snapshot WHERE size = ?", (size,)).fetchone()
    )
    if saved.version != STATE_VERSION or not saved.holds(vkey):
        return None
    head = files.db.execute(
        "SELECT size, root, note, frontier FROM head WHERE size = ?", (saved.size,)
    ).fetchone()
    if head is None or head[1] != saved.root:
        return None
    try:
        leaf = files.leaves(saved.size - 1, saved.size)
        tip = Tip(files.ledger, Frontier.from_bytes(saved.size, head[3]), *leaf)
        chain.check_head(tip, head[2], vkey)
        state = snapshot.load(files.ledger, saved.parts)
    except RefusedError:
        return None
    if not leaf or state.size != saved.size or digest(state).digest != saved.digest:
        return None
    return LoadedSnapshot(state, tip)


def _prove(files: LedgerFiles, segment: Segment, tip: Tip, vkey: Vkey, *, bodies: bool) -> None:
    """Prove a segment against its row: that no byte of the file changed, and that it follows."""
    path = files.path(segment)
    try:
        found = segments_sqlite.finish(segments_sqlite.prove(path, tip, vkey, bodies=bodies))
        sha256 = segments_sqlite.finish(segments_sqlite.file_hash(path))
    except (sqlite3.DatabaseError, OSError) as error:
        raise ledger_files.unreadable(segment, error) from error
    if found._replace(sha256=sha256, dropped=segment.dropped) != segment:
        raise BrokenChainError(
            files.ledger, segment.first, "root", f"{path.name} is not the file that was sealed"
        )


def _extend(files: LedgerFiles, tip: Tip, vkey: Vkey, *, bodies: bool = False) -> Head | None:
    head = files.newest_head()
    while page := files.rows(tip.size, PAGE):
        chain.extend_rows(tip, page, bodies=bodies)
    if head is None:
        if tip.size:
            raise BrokenChainError(
                tip.ledger, tip.size, "signature", "entries under no signed head"
            )
        return None
    return chain.check_head(tip, head.note, vkey)
