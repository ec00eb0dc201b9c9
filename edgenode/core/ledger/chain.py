"""Does a run of entries continue a chain? Pure; nothing is read but what is given.

A chain is known by its tip: its ledger, how many entries, the last leaf, the tree's edge. Entries
are checked in the order of the table, and the first check that fails is named, with its seq:

    check      what it says of entry `seq` (of the head at size `seq`: root, signature)
    ---------  ----------------------------------------------------------------------------
    canonical  its bytes are the one encoding of its fields, and its body of a map
    gap        it is the next one
    prev       it names the leaf of the entry before it
    leaf       its stored leaf is the hash of its bytes
    root       the head's root is that of the tree over all leaves up to it
    signature  the head is signed by the ledger's key
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from edgenode.core.ledger.merkle import Frontier
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Entry, Head, LedgerId, Sealed
from edgenode.wire import checkpoint
from edgenode.wire import entry as wire_entry
from edgenode.wire.checkpoint import Signer, Vkey
from edgenode.wire.entry import FIRST_PREV, Row, Sealer

Check = Literal["canonical", "gap", "prev", "leaf", "root", "signature", "anchor"]


class BrokenChainError(RefusedError):
    """A chain does not verify: at which entry, and by which check."""

    code = "EN402"

    def __init__(self, ledger: LedgerId, seq: int, check: Check, found: str) -> None:
        super().__init__(
            f"{ledger.name} at entry {seq}, check {check}: {found}",
            expected="entries that follow one another under signed heads",
            do="stop; keep this copy as evidence, restore from a peer or a backup, verify that",
        )
        self.ledger = ledger
        self.seq = seq
        self.check: Check = check


@dataclass(slots=True)
class Tip:
    """Where a chain ends: enough to continue it. It grows in place; `copy` before a trial."""

    ledger: LedgerId
    frontier: Frontier = field(default_factory=Frontier)
    prev: bytes = FIRST_PREV

    @property
    def size(self) -> int:
        """Return the number of entries."""
        return self.frontier.size

    def copy(self) -> "Tip":
        """Return one that grows by itself."""
        return Tip(self.ledger, self.frontier.copy(), self.prev)


def grown(
    tip: Tip, entries: Iterable[Entry], signer: Signer, sealer: Sealer
) -> tuple[Tip, list[Sealed], Head]:
    """Continue a chain with entries of our own: the new tip, the entries sealed, one head.

    The given tip stays as it is: nothing has grown until all of it is durable.
    """
    longer = tip.copy()
    sealed = sealer.seal(entries, tip.prev)
    _grow(longer, [one.leaf for one in sealed])
    root = longer.frontier.root
    note = checkpoint.sign(tip.ledger, longer.size, root, signer)
    return longer, sealed, Head(longer.size, root, note)


def seal_run(tip: Tip, entries: Iterable[Entry]) -> list[Sealed]:
    """Seal entries that came without hashes onto `tip`, which grows.

    Checks canonical and gap; the hashes are made here, so a false history shows at the root.
    BrokenChainError leaves the tip part-grown: give a copy where that matters.
    """
    sealer = Sealer(tip.ledger)
    run: list[Sealed] = []
    for entry in entries:
        _check_form(tip, entry)
        if entry.seq != tip.size + 1:
            raise _broken(tip, "gap", f"entry {entry.seq} follows entry {tip.size}")
        try:
            run += sealer.seal([entry], tip.prev)
        except RefusedError as error:
            raise _broken(tip, "canonical", error.found) from error
        _grow(tip, [run[-1].leaf])
    return run


def extend(tip: Tip, run: Iterable[Sealed], *, bodies: bool = True) -> None:
    """Check sealed entries as the continuation of `tip`, which grows.

    `bodies=False` leaves out whether each body is a canonical map (most of the time it takes):
    for entries that passed it when they were stored and whose leaves, checked here, cover them.
    """
    data_of, leaf_of = Sealer(tip.ledger).data, wire_entry.leaf_hash
    frontier = tip.frontier
    for sealed in run:
        entry, leaf = sealed.entry, sealed.leaf
        if bodies:
            _check_form(tip, entry)
        data = _data(tip, data_of, sealed)
        if entry.seq != frontier.size + 1 or sealed.prev != tip.prev or leaf_of(data) != leaf:
            raise _why(tip, sealed, data)
        frontier.append(leaf)
        tip.prev = leaf


def extend_rows(tip: Tip, rows: Sequence[Row], *, bodies: bool = True) -> None:
    """Check stored rows as `extend` checks entries; only a row that breaks becomes one."""
    sealer = Sealer(tip.ledger)
    try:
        leaves = sealer.holding(tip.prev, tip.size, rows)
    except (TypeError, ValueError, OverflowError):  # a field of a type msgpack refuses
        leaves = []
    if bodies:
        leaves = leaves[: wire_entry.well_formed(rows[: len(leaves)])]
    _grow(tip, leaves)
    if len(leaves) < len(rows):  # the slow way names the row and the check
        extend(tip, [wire_entry.from_row(row) for row in rows[len(leaves) :]], bodies=bodies)


def check_head(tip: Tip, note: str, vkey: Vkey) -> Head:
    """Check a note as the signed head of exactly this tip: root, then signature."""
    try:
        said = checkpoint.parse(note)
    except RefusedError as error:
        raise _broken(tip, "signature", error.found, at=tip.size) from error
    root = tip.frontier.root
    if said.ledger != tip.ledger:
        raise _broken(tip, "signature", f"a head of {said.ledger.name}", at=tip.size)
    if said.size != tip.size or said.root != root:
        found = f"the head says {said.root.hex()} at size {said.size}, the entries {root.hex()}"
        raise _broken(tip, "root", f"{found} at size {tip.size}", at=tip.size)
    try:
        checkpoint.verify(note, vkey)
    except RefusedError as error:
        raise _broken(tip, "signature", error.found, at=tip.size) from error
    return Head(tip.size, root, note)


def verify_run(tip: Tip, run: Sequence[Sealed], note: str, vkey: Vkey) -> Tip:
    """Check a run and the head it ends in; give the new tip. The given one stays as it is."""
    grown = tip.copy()
    extend(grown, run)
    check_head(grown, note, vkey)
    return grown


def _check_form(tip: Tip, entry: Entry) -> None:
    try:
        wire_entry.check_entry(entry)
    except RefusedError as error:
        raise _broken(tip, "canonical", error.found) from error


def _data(tip: Tip, data_of: Callable[[Entry, bytes], bytes], sealed: Sealed) -> bytes:
    try:
        return data_of(sealed.entry, sealed.prev)
    except (TypeError, ValueError, OverflowError) as error:  # a field of a type msgpack refuses
        raise _broken(tip, "canonical", f"fields with no encoding: {error}") from error


def _why(tip: Tip, sealed: Sealed, data: bytes) -> BrokenChainError:
    """Name the first check that fails, in the order of the table."""
    entry = sealed.entry
    _check_form(tip, entry)
    if entry.seq != tip.size + 1:
        return _broken(tip, "gap", f"entry {entry.seq} follows entry {tip.size}")
    if sealed.prev != tip.prev:
        found = f"it names {sealed.prev.hex()}, the entry before has {tip.prev.hex()}"
        return _broken(tip, "prev", found)
    made = wire_entry.leaf_hash(data)
    return _broken(tip, "leaf", f"leaf {sealed.leaf.hex()}, its bytes hash to {made.hex()}")


def _grow(tip: Tip, leaves: Sequence[bytes]) -> None:
    if leaves:
        tip.frontier.extend(leaves)
        tip.prev = leaves[-1]


def _broken(tip: Tip, check: Check, found: str, *, at: int | None = None) -> BrokenChainError:
    return BrokenChainError(tip.ledger, tip.size + 1 if at is None else at, check, found)
