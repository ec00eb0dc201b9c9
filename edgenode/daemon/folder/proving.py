"""What a ledger's files tell whoever opens them: whose it is, a root of it, what is missing."""

from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.adapters.ledger.start import Began
from edgenode.core.ledger import merkle
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.core.ledger.retention import PrunedError
from edgenode.core.state.node_state import NodeState
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, Head, LedgerId, Sealed
from edgenode.wire import checkpoint
from edgenode.wire import entry as wire_entry
from edgenode.wire.canonical import unpack
from edgenode.wire.note import ED25519, Vkey


def vkey_of(files: LedgerFiles) -> Vkey:
    """Take a ledger's key from its entry 1, whose own place the signed head then proves.

    Where entry 1 was pruned: the key that was noted when it was sealed.
    """
    try:
        genesis = files.read(0, 1)
    except PrunedError:
        return noted_vkey(files)
    ledger = files.ledger
    if not genesis:
        raise BrokenChainError(ledger, 1, "gap", "there is no entry 1")
    return named_vkey(ledger, genesis[0].entry)


def named_vkey(ledger: LedgerId, genesis: Entry) -> Vkey:
    """Return the key that entry 1 names."""
    try:
        body = unpack(genesis.body)
    except RefusedError as error:
        raise BrokenChainError(ledger, 1, "canonical", error.found) from error
    key = body.get("ledger_key") if isinstance(body, dict) else None
    if type(key) is not bytes:
        raise BrokenChainError(ledger, 1, "canonical", "entry 1 names no ledger key")
    return Vkey(ledger.party, ED25519, key)


def noted_vkey(files: LedgerFiles) -> Vkey:
    """Return the key that was noted when entry 1 was sealed."""
    rows = files.db.execute("SELECT value FROM meta WHERE key = 'vkey'").fetchall()
    if not rows:
        raise BrokenChainError(files.ledger, 1, "gap", "entry 1 was sealed and no key was noted")
    return Vkey.parse(rows[0][0])


def inclusion(files: LedgerFiles, found: Sealed, head: Head) -> tuple[bytes, ...]:
    """Prove an entry under a signed head, as whoever is given the proof will check it.

    BrokenChainError where its bytes are not those of its leaf, where the ledger's key did not sign
    the head, or where the leaves here lead to another root.
    """
    ledger, seq = files.ledger, found.entry.seq
    made = wire_entry.leaf_hash(wire_entry.data_of(ledger, found))
    if made != found.leaf:
        text = f"leaf {found.leaf.hex()}, its bytes hash to {made.hex()}"
        raise BrokenChainError(ledger, seq, "leaf", text)
    try:
        said = checkpoint.verify(head.note, vkey_of(files))
    except RefusedError as error:
        raise BrokenChainError(ledger, head.size, "signature", error.found) from error
    if (said.ledger, said.size, said.root) != (ledger, head.size, head.root):
        text = f"the head's note is of {said.ledger.name} at {said.size}"
        raise BrokenChainError(ledger, head.size, "root", text)
    path = Tree(files.leaves, files.edge).inclusion(seq - 1, head.size)
    try:
        merkle.check_inclusion(found.leaf, seq - 1, head.size, path, said.root)
    except RefusedError as error:
        text = f"the leaves here do not lead from it to the signed root {said.root.hex()}"
        raise BrokenChainError(ledger, seq, "root", text) from error
    return path


def state_at(began: Began, ledger: LedgerId) -> NodeState | None:
    """Return the state to fold on from; EN409 if nothing here leads to it."""
    if began.state is None and began.from_seq > 1:
        raise no_snapshot(ledger.name, began.from_seq - 1)
    return began.state


def no_snapshot(ledger: str, cut: int) -> PrunedError:
    """Return the error of a ledger with no snapshot and without its first entries."""
    error = PrunedError(ledger, 1, cut)
    error.expected = "a snapshot of this release behind the cut, or every entry"
    error.do = "edgenode ledger snapshot --archive DIR makes one from the archive"
    return error
