"""What must hold of what box and centre tell each other, and of what couriers bring.

name             when looked at             what must hold
---------------  -------------------------  ------------------------------------------------------
merged_silently  the centre acknowledges    what it holds is a prefix of the sender's, or ends as
                                                the courier's frame does
fork_not_found   a HELLO was answered       diverged copies stop, and push nothing more
cosigned_lost    the centre answers         it never holds less than it cosigned, or than the
                                                image held that was put back since
ended_strangely  a box ends                 by a documented code; by EN304 only where both sides
                                                lost what was cosigned

What must hold of copies besides is in forks.py.
"""

from collections.abc import Mapping

from edgenode.model.ledgers import Sealed
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import SimCentre
from edgenode.sim.world.disk import Mirror
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.watch import Watch, same_history
from edgenode.wire import checkpoint
from edgenode.wire.frame import Frame
from edgenode.wire.message import Hello, HelloAck, Message, Push, PushAck

LOST = "EN304"  # what was cosigned is held by neither side: a person must find a third copy


class SyncInvariants:
    """Judges sync by what was said and what is held."""

    def __init__(self, judged: Judged, centre: SimCentre) -> None:
        self._judged = judged
        self._centre = centre
        centre.answered = self._answered
        self._cosigned: dict[str, int] = {}  # the most that ever was
        self._kept: dict[str, int] = {}  # what the centre must hold

    def heard(self, box: SimBox, watch: Watch, asked: Message, answer: Message) -> None:
        """Judge an answer as the box hears it."""
        name, hold = box.ledger.name, self._judged.hold
        own = box.disk.files.chains[name].sealed
        held = self._held(name)
        same = same_history(own, held)
        match asked, answer:
            case Hello(), HelloAck():
                hold("fork_not_found", not watch.diverged, f"{box.name} says HELLO again")
                watch.diverged = not same
            case Push(), PushAck():
                said = checkpoint.parse(answer.note).size
                # An answer may be old: the centre may meanwhile hold a copy's entries behind it.
                merged = f"{box.name} of {len(own)}: {said} cosigned, {len(held)} held"
                ours = same_history(own[:said], held[:said])
                hold("merged_silently", ours, merged)
                hold("fork_not_found", not watch.diverged, f"{box.name} pushes on")
            case _:
                pass

    def carried(self, box: SimBox, pushed: Frame, leaf: bytes, answer: Message) -> None:
        """Judge what the centre did with a frame from a courier that ends at `leaf`."""
        if not isinstance(answer, PushAck):
            return
        said = checkpoint.parse(answer.note).size
        held = self._held(pushed.ledger.name)
        ours = said == pushed.end <= len(held) and held[said - 1].leaf == leaf
        ours = ours and held[-1].entry.seq == len(held)
        found = f"a courier of {box.name} brings up to {pushed.end}: {said} cosigned"
        self._judged.hold("merged_silently", ours, found)

    def centre_put_back(self, image: Mapping[str, Mirror]) -> None:
        """Note that the centre rightly holds no more than an image of its disk."""
        self._kept = {name: len(mirror.sealed) for name, mirror in image.items()}

    def unexpected(self, box: SimBox, error: BaseException) -> None:
        """Judge a box that ended by an error that nobody documented."""
        if getattr(error, "code", "") == LOST and self._lost(box):
            box.stopped_for_good = LOST
            return
        found = f"{box.name}: {type(error).__name__} {error}"
        self._judged.hold("ended_strangely", False, found)  # noqa: FBT003

    def _answered(self, answer: Message) -> None:
        """Judge what the centre holds as an answer of it leaves."""
        match answer:
            case PushAck(ledger=ledger, note=note):
                name, said = ledger.name, checkpoint.parse(note).size
                self._cosigned[name] = max(said, self._cosigned.get(name, 0))
                self._kept[name] = max(said, self._kept.get(name, 0))
                self._hold_kept(name)
            case HelloAck(heads=heads):
                for head in heads:
                    self._hold_kept(head.ledger.name)
            case _:
                pass

    def _hold_kept(self, name: str) -> None:
        held, kept = len(self._held(name)), self._kept.get(name, 0)
        found = f"{held} of {name} held, {kept} were cosigned"
        self._judged.hold("cosigned_lost", held >= kept, found)

    def _lost(self, box: SimBox) -> bool:
        """Return whether entries that were cosigned are held by neither the box nor the centre."""
        name = box.ledger.name
        own = len(box.disk.files.chains[name].sealed)
        return self._cosigned.get(name, 0) > max(own, len(self._held(name)))

    def _held(self, name: str) -> list[Sealed]:
        mirror = self._centre.disk.files.mirrors.get(name)
        return mirror.sealed if mirror else []
