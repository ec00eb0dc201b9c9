"""Take a frame of someone else's ledger: nothing is believed, everything is recomputed.

Checked in this order: the note's signature and ledger; that the frame starts right behind what is
held; the chain and leaves (recomputed from the entries and our last leaf); the root over what we
hold and what came against the signed one; the proof from our size. The centre takes pushes so, the
node its down-ledger and, after a rollback, its own entries, and a bundle's frames go the same way.
"""

from dataclasses import dataclass, field

from edgenode.core.ledger.merkle import EMPTY_ROOT, Frontier, check_consistency
from edgenode.core.sync.evidence import Evidence, ForkError
from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import Head, LedgerId, Sealed
from edgenode.wire import checkpoint
from edgenode.wire.entry import FIRST_PREV, Sealer
from edgenode.wire.frame import Frame
from edgenode.wire.note import Vkey
from edgenode.wire.take import refused


@dataclass(frozen=True, slots=True)
class HeldLedger:
    """What a party holds durably of a ledger: its newest head, the last leaf, the growing edge."""

    ledger: LedgerId
    head: Head | None = None
    prev: bytes = FIRST_PREV
    frontier: Frontier = field(default_factory=Frontier)

    @property
    def size(self) -> int:
        """Return how many entries are held."""
        return self.frontier.size

    @property
    def root(self) -> bytes:
        """Return the root over what is held."""
        return self.head.root if self.head else EMPTY_ROOT

    def grown(self, sealed: tuple[Sealed, ...], head: Head) -> "HeldLedger":
        """Return what is held once these entries are durable."""
        frontier = self.frontier.copy()
        frontier.extend([one.leaf for one in sealed])
        return HeldLedger(self.ledger, head, sealed[-1].leaf if sealed else self.prev, frontier)


@dataclass(frozen=True, slots=True)
class Taken:
    """A frame that holds: store `sealed` with `after.head` in one transaction, then hold `after`.

    `said` is the signed size that covers the frame: its own end, or beyond it where the frame came
    with a `rest`.
    """

    sealed: tuple[Sealed, ...]
    after: HeldLedger
    said: int


class OffsetError(RefusedError):
    """The frame does not start right behind what is held; `size` is where to start."""

    code = "EN306"

    def __init__(self, ledger: str, first: int, size: int) -> None:
        super().__init__(
            f"a frame of {ledger} from entry {first}",
            expected=f"one from entry {size + 1}",
            do="send from there",
        )
        self.size = size


def take(frame: Frame, held: HeldLedger, vkey: Vkey, *, whole: bool = True) -> Taken:
    """Verify a frame against what is held.

    `whole`: the frame must end at its signed head (else it may end before it, with a `rest`).
    Raises OffsetError (EN306), ForkError (EN303, with evidence), or RefusedError (EN308, EN402,
    EN004); nothing has changed then.
    """
    said = checkpoint.verify(frame.note, vkey)
    if said.ledger != held.ledger or frame.ledger != held.ledger:
        raise refused(f"a frame of {frame.ledger.name}", f"one of {held.ledger.name}")
    if frame.first != held.size + 1:
        raise OffsetError(frame.ledger.name, frame.first, held.size)
    if said.size < frame.end or (whole and said.size != frame.end):
        raise refused(f"a head of {said.size} for entries up to {frame.end}", "a head at the end")
    sealed = _chained(frame, held)
    head = Head(frame.end, said.root, frame.note)
    after = held.grown(sealed, head)
    root = after.frontier.root
    if not _leads(frame.end, said.size, frame.rest, root, said.root):
        raise _disagreement(frame, held, vkey, said)
    if held.size and (
        frame.from_root != held.root
        or not _leads(held.size, said.size, frame.proof, held.root, said.root)
    ):
        raise refused("a proof that does not start at the root held", "a proof from there")
    return Taken(sealed, _with_root(after, head, root), said.size)


def compare(
    shorter: str, longer: str, root: bytes, proof: tuple[bytes, ...], vkey: Vkey
) -> Evidence | None:
    """Return evidence where two signed heads disagree, None if the shorter is a prefix.

    `root` and `proof` are the longer one's; RefusedError if they do not hold.
    """
    evidence = Evidence(vkey=vkey.text, shorter=shorter, longer=longer, root=root, proof=proof)
    return evidence if evidence.proves_fork() else None


def _chained(frame: Frame, held: HeldLedger) -> tuple[Sealed, ...]:
    return tuple(Sealer(held.ledger).seal(frame.entries, held.prev))


def _with_root(after: HeldLedger, head: Head, root: bytes) -> HeldLedger:
    """Name the root at the frame's end, which the note names only where it ends there too."""
    return HeldLedger(after.ledger, Head(head.size, root, head.note), after.prev, after.frontier)


def _leads(size1: int, size2: int, proof: tuple[bytes, ...], root1: bytes, root2: bytes) -> bool:
    if size1 == 0:
        return size2 > 0 or root1 == root2
    try:
        check_consistency(size1, size2, proof, root1, root2)
    except RefusedError:
        return False
    return True


def _disagreement(
    frame: Frame, held: HeldLedger, vkey: Vkey, said: checkpoint.Checkpoint
) -> RefusedError:
    """Distinguish a proven fork from entries that were damaged on the way."""
    if held.head is not None and frame.from_root != held.root:
        try:
            evidence = compare(held.head.note, frame.note, frame.from_root, frame.proof, vkey)
        except RefusedError:
            evidence = None
        if evidence is not None:
            return ForkError(evidence, held.ledger.name, (held.size, said.size))
    return refused("entries that do not lead to the signed root", "the entries that were signed")
