"""A thief: he has a box's ledger key and a copy of its ledger, and runs no box.

    old_copy   signs on from the ledger as it was when he took it, whatever was written since
    newest     first has the centre give him what it holds, as the key entitles him to, and signs
               on from there: before the true box hears of it, or after

He reaches the centre at any moment, over no link that the world could cut. Where he is told that
the centre holds more than his copy, he signs until his branch is longer, and tries again.
"""

from dataclasses import dataclass
from random import Random

from edgenode.core.sync import receive
from edgenode.core.sync.receive import HeldLedger
from edgenode.core.sync.tree import Tree
from edgenode.model.errors import RefusedError
from edgenode.model.facts import RestrictionLifted
from edgenode.model.ledgers import Entry, Sealed
from edgenode.services.frames import frame_after
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import HEADER_END
from edgenode.sim.world.courier import Courier
from edgenode.sim.world.disk import Chain, Disk
from edgenode.sim.world.ledger import SimLedger
from edgenode.wire import facts as wire_facts
from edgenode.wire import message as wire_message
from edgenode.wire import request
from edgenode.wire.message import Message, Pull, PullReply, Push, SyncRefusal

PLACES_MAX = 4  # that the centre names, one after the other, while the true box writes on
OFFSET = "EN306"


@dataclass(slots=True)
class Thief:
    """Signs in the name of a box's node. `door` is how he reaches the centre."""

    box: SimBox
    door: Courier
    rng: Random
    store: SimLedger

    async def take_newest(self) -> None:
        """Take what the centre holds of the ledger beyond his copy, while it gives."""
        store = self.store
        assert store.head is not None
        size, tree = store.head.size, Tree(store.leaves)
        (leaf,) = store.leaves(size - 1, size)
        held, said = HeldLedger(store.ledger, store.head, leaf, tree.frontier(size)), size + 1
        sealed: list[Sealed] = []
        while held.size < said:
            answer = await self._asked(Pull(ledger=store.ledger, after=held.size))
            if not isinstance(answer, PullReply):
                return
            try:
                taken = receive.take(answer.frame, held, self.box.signer.vkey, whole=False)
            except RefusedError:
                return  # what he signed himself is another history already
            sealed.extend(taken.sealed)
            held, said = taken.after, taken.said
        assert held.head is not None
        store.restore(sealed, held.head)

    async def sign(self, count: int) -> None:
        """Sign entries of his own, each under a head of its own."""
        for _ in range(count):
            assert self.store.head is not None
            (last,) = self.store.read(self.store.head.size - 1, 1)
            seq, hlc = last.entry.seq + 1, last.entry.hlc + 1
            fact = RestrictionLifted(
                at_ns=hlc,
                scope="node",
                cause="person",
                level="reducing",
                reason="forged",
                evidence="",
            )
            kind, body = type(fact).__name__, wire_facts.encode(fact)
            idem = self.rng.randbytes(16)
            entry = Entry(seq, hlc, kind, "person:thief", automatic=False, idem=idem, body=body)
            await self.store.append([entry])

    async def push(self) -> Message | None:
        """Show the centre his branch, from where it says that it is; give its last word."""
        assert self.store.head is not None
        answer, after = None, self.store.head.size - 1
        for _ in range(PLACES_MAX):
            await self.sign(max(0, after + 1 - self.store.head.size))
            pushed = frame_after(self.store, Tree(self.store.leaves), after)
            answer = await self._asked(Push(pushed))
            if answer is not None:
                (leaf,) = self.store.leaves(pushed.end - 1, pushed.end)
                self.door.judged.carried(self.box, pushed, leaf, answer)
            said = answer.code if isinstance(answer, SyncRefusal) else type(answer).__name__
            self.box.trace.say(
                "thief", self.box.name, first=pushed.first, end=pushed.end, said=said
            )
            if not isinstance(answer, SyncRefusal) or answer.code != OFFSET:
                return answer
            after = answer.size
        return answer

    async def _asked(self, message: Message) -> Message | None:
        body = wire_message.encode(message)
        header = request.sign(self.store.ledger, body, self.box.signer)
        return await self.door.knock(header.encode() + HEADER_END + body)


def with_copy(box: SimBox, copy: Chain, door: Courier, rng: Random) -> Thief:
    """Return a thief a copy of a box's ledger, and the box's key."""
    disk = Disk(rng)
    disk.files.chains[box.ledger.name] = copy
    return Thief(box, door, rng, SimLedger(disk, box.ledger, box.signer))
