"""What must hold where two parties sign one ledger: copies of a disk, or whoever has its key.

name             when looked at                what must hold
---------------  ----------------------------  ----------------------------------------------------
fork_not_found   the centre answered one who   it has evidence of both, on its disk
                     showed another history
                     than it holds
not_quarantined  the centre answers            once it has evidence of a ledger it takes nothing of
                                                   it and hands out nothing to it
                 at the end                    nobody writes such a ledger any more
cosigned_lost    the centre takes entries in   what it had cosigned is still there, to the byte
counted_twice    at the end                    the centre holds one unbroken chain of each ledger:
                                                   no entry twice, no execution twice
"""

from collections.abc import Mapping, Sequence

from edgenode.core.sync import evidence
from edgenode.core.sync.tree import Tree
from edgenode.model.ledgers import MAIN, LedgerId, Sealed
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import SimCentre
from edgenode.sim.world.disk import Mirror
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.watch import executions
from edgenode.wire import checkpoint, message
from edgenode.wire.message import Hello, HelloAck, Message, PullReply, Push, PushAck, SyncRefusal

SHOWN = frozenset({"EN303", "EN402"})  # refusals of a push that stands in the right place


class Forks:
    """Judges every exchange with the centre by what was said and what is held."""

    def __init__(self, judged: Judged, centre: SimCentre) -> None:
        self._judged = judged
        self._centre = centre
        self._cosigned: dict[str, tuple[int, bytes]] = {}  # size and leaf, when last acknowledged
        centre.exchanged = self.exchanged

    def exchanged(self, body: bytes, answer: Message) -> None:
        """Judge an answer of the centre as it leaves."""
        match answer:
            case PushAck(ledger=ledger, note=note):
                self._nothing_given(ledger, answer)
                self._kept(ledger.name, checkpoint.parse(note).size)
            case PullReply(frame=pulled):
                self._nothing_given(pulled.ledger, answer)
            case HelloAck():
                asked = message.parse(body)
                assert isinstance(asked, Hello)
                self._greeted(asked)
            case SyncRefusal(code=code) if code in SHOWN:
                asked = message.parse(body)
                if isinstance(asked, Push):
                    self._pushed(asked)
            case _:
                pass

    def quarantined(self, box: SimBox) -> bool:
        """Return whether the centre has evidence against a box's ledger."""
        return bool(self._centre.disk.files.evidence_of(box.ledger.name))

    def centre_put_back(self, image: Mapping[str, Mirror]) -> None:
        """Note that the centre rightly holds no more than an image of its disk."""
        held = {name: mirror.sealed for name, mirror in image.items()}
        self._cosigned = {n: (len(s), s[-1].leaf) for n, s in held.items() if s}

    def at_rest(self, boxes: Sequence[SimBox]) -> None:
        """Judge what the centre is left with, and who still writes."""
        hold = self._judged.hold
        for box in boxes:
            stopped = bool(box.stopped_for_good) or not self.quarantined(box)
            hold("not_quarantined", stopped, f"{box.name} writes on")
        for name, mirror in self._centre.disk.files.mirrors.items():
            leaves = [b"", *(one.leaf for one in mirror.sealed)]
            numbered = [one.entry.seq for one in mirror.sealed] == list(range(1, len(leaves)))
            unbroken = len(set(leaves)) == len(leaves) and len(leaves) == mirror.held.size + 1
            hold("counted_twice", numbered and unbroken, f"{name} is held as no one chain")
            keys = list(executions(mirror.sealed))
            twice = len(keys) - len(set(keys))
            hold("counted_twice", not twice, f"the centre holds {twice} fills of {name} again")
        for name, data in self._centre.disk.files.evidence:
            proves = evidence.parse(data).proves_fork()
            hold("fork_not_found", proves, f"the evidence of {name} proves nothing")

    def _nothing_given(self, ledger: LedgerId, answer: Message) -> None:
        own = ledger
        if ledger.stream != MAIN:
            own = LedgerId(ledger.stream.removeprefix(">"), MAIN, ledger.incarnation)
        kept = self._centre.disk.files.evidence_of(own.name)
        found = f"{own.name} is given a {type(answer).__name__}"
        self._judged.hold("not_quarantined", not kept, found)

    def _kept(self, name: str, said: int) -> None:
        held = self._held(name)
        size, leaf = self._cosigned.get(name, (0, b""))
        same = size == 0 or (size <= len(held) and held[size - 1].leaf == leaf)
        self._judged.hold("cosigned_lost", same, f"{name} was cosigned at {size} as it is no more")
        if 0 < said <= len(held):
            self._cosigned[name] = said, held[said - 1].leaf

    def _greeted(self, hello: Hello) -> None:
        for claim in hello.heads:
            held = self._held(claim.ledger.name)
            if claim.ledger.stream == MAIN and claim.note:
                claimed = checkpoint.parse(claim.note)
                if 0 < claimed.size <= len(held):
                    other = _root(held, claimed.size) != claimed.root
                    self._must_have(claim.ledger.name, other, f"says HELLO at {claimed.size}")

    def _pushed(self, push: Push) -> None:
        name, first = push.frame.ledger.name, push.frame.first
        held = self._held(name)
        if first == len(held) + 1 and held:
            other = _root(held, len(held)) != push.frame.from_root
            self._must_have(name, other, f"pushes from {first}")

    def _must_have(self, name: str, other: bool, what: str) -> None:  # noqa: FBT001  what was seen
        kept = bool(self._centre.disk.files.evidence_of(name))
        found = f"another history of {name} {what}, and no evidence is kept"
        self._judged.hold("fork_not_found", kept or not other, found)

    def _held(self, name: str) -> list[Sealed]:
        mirror = self._centre.disk.files.mirrors.get(name)
        return mirror.sealed if mirror else []


def _root(held: list[Sealed], size: int) -> bytes:
    return Tree(lambda start, end: [one.leaf for one in held[start:end]]).root_at(size)
