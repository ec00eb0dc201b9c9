"""What a ledger's files tell whoever opens them: whose it is, a root of it, what is missing."""

from functools import partial

from edgenode.adapters.ledger_files import LedgerFiles
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.core.ledger.retention import PrunedError
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import RefusedError
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
    try:
        body = unpack(genesis[0].entry.body)
    except RefusedError as error:
        raise BrokenChainError(ledger, 1, "canonical", error.found) from error
    key = body.get("ledger_key") if isinstance(body, dict) else None
    if type(key) is not bytes:
        raise BrokenChainError(ledger, 1, "canonical", "entry 1 names no ledger key")
    return Vkey(ledger.party, ED25519, key)


def noted_vkey(files: LedgerFiles) -> Vkey:
    """Give the key that was noted when entry 1 was sealed."""
    rows = files.db.execute("SELECT value FROM meta WHERE key = 'vkey'").fetchall()
    if not rows:
        raise BrokenChainError(files.ledger, 1, "gap", "entry 1 was sealed and no key was noted")
    return Vkey.parse(rows[0][0])


def root_at(files: LedgerFiles, size: int) -> bytes:
    """Give the root at a size, from the edge at the stored head before it; b"" below the cut."""
    try:
        return Tree(files.leaves, partial(files.edge_before, size)).root_at(size)
    except PrunedError:
        return b""


def no_snapshot(ledger: str, cut: int) -> PrunedError:
    """Word that nothing here leads to the state: no snapshot, and no entries from the first."""
    error = PrunedError(ledger, 1, cut)
    error.expected = "a snapshot of this release behind the cut, or every entry"
    error.do = "edgenode ledger snapshot --archive DIR makes one from the archive"
    return error
