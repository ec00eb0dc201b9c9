"""Opening a ledger: what is proved, and from where.

The newest head is checked against the tree always. Entries are checked from the newest snapshot
whose head and signature hold; from the beginning where there is none, or where all is asked for
(`ledger verify`, the update gate). A snapshot that does not hold is left aside, never repaired.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import NamedTuple, Self

from edgenode.adapters import sqlite_files
from edgenode.core.ledger import chain
from edgenode.core.ledger.chain import BrokenChainError, Tip
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.state.node_state import STATE_VERSION, NodeState
from edgenode.core.state.snapshot import Snapshot
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Head, LedgerId
from edgenode.wire import ed25519
from edgenode.wire.checkpoint import Signer, Vkey

PAGE = 2_000


class Saved(NamedTuple):
    """A snapshot's row. The ledger's key signs its size, root and the hash of its parts."""

    size: int
    root: bytes
    version: int
    digest: bytes
    parts: bytes
    signature: bytes

    @classmethod
    def of(cls, taken: Snapshot, head: Head, signer: Signer) -> Self:
        """Give the row of a state as it is behind a head."""
        parts_hash = hashlib.sha256(taken.parts).digest()
        signature = signer.key.sign(snapshot.signed(head.size, head.root, parts_hash))
        return cls(head.size, head.root, STATE_VERSION, taken.digest, taken.parts, signature)

    def holds(self, vkey: Vkey) -> bool:
        """Tell whether this ledger's key signed it as it is."""
        said = snapshot.signed(self.size, self.root, hashlib.sha256(self.parts).digest())
        return ed25519.verify(vkey.public, self.signature, said)


@dataclass(frozen=True, slots=True)
class Began:
    """What opening a ledger proved, and the state to fold on from."""

    tip: Tip
    head: Head | None
    state: NodeState | None  # None: fold from the beginning
    from_seq: int  # the first entry that was checked


def open_at(db: sqlite3.Connection, ledger: LedgerId, vkey: Vkey) -> Began:
    """Prove a ledger from its newest snapshot that holds."""
    for row in db.execute("SELECT * FROM snapshot ORDER BY size DESC"):
        began = _from(db, ledger, vkey, Saved(*row))
        if began is not None:
            return began
    tip, head = verify(db, ledger, vkey)
    return Began(tip, head, None, 1)


def newest_head(db: sqlite3.Connection) -> Head | None:
    """Give the newest signed head."""
    row = db.execute("SELECT size, root, note FROM head ORDER BY size DESC LIMIT 1").fetchone()
    return Head(*row) if row else None


def verify(
    db: sqlite3.Connection, ledger: LedgerId, vkey: Vkey, *, bodies: bool = False
) -> tuple[Tip, Head | None]:
    """Prove the whole chain and its newest head; BrokenChainError says where it breaks."""
    return _extend(db, Tip(ledger), vkey, bodies=bodies)


def _from(db: sqlite3.Connection, ledger: LedgerId, vkey: Vkey, saved: Saved) -> Began | None:
    """Prove what follows a snapshot; None where it is not to be used."""
    if saved.version != STATE_VERSION or not saved.holds(vkey):
        return None
    head = db.execute(
        "SELECT size, root, note, frontier FROM head WHERE size = ?", (saved.size,)
    ).fetchone()
    leaf = db.execute("SELECT leaf FROM entry WHERE seq = ?", (saved.size,)).fetchone()
    if head is None or leaf is None or head[1] != saved.root:
        return None
    try:
        tip = Tip(ledger, Frontier.from_bytes(saved.size, head[3]), leaf[0])
        chain.check_head(tip, head[2], vkey)
        state = snapshot.load(ledger, saved.parts)
    except RefusedError:
        return None
    if state.size != saved.size or digest(state).digest != saved.digest:
        return None
    tip, newest = _extend(db, tip, vkey, bodies=False)
    return Began(tip, newest, state, saved.size + 1)


def _extend(
    db: sqlite3.Connection, tip: Tip, vkey: Vkey, *, bodies: bool
) -> tuple[Tip, Head | None]:
    head = newest_head(db)
    while page := sqlite_files.read(db, tip.ledger, tip.size, PAGE):
        chain.extend(tip, page, bodies=bodies)
    if head is None:
        if tip.size:
            raise BrokenChainError(
                tip.ledger, tip.size, "signature", "entries under no signed head"
            )
        return tip, None
    return tip, chain.check_head(tip, head.note, vkey)
