"""Couriers: a stick carries a box's frames to the centre while no network does.

A stick holds what the link would have carried: push requests that the box signed, each a frame of
its ledger. The centre takes them in as it takes any; it trusts no courier. What a courier does:

    in_order      hands them over as they were written
    late          walks until the link is up again, and the stick is out of date
    twice         hands the same stick over again
    wrong_order   hands the newest frame over first, and all of them again until one pass is idle
    stale         hands over an older stick, from the ledger's beginning, behind the newer one

No answer goes back with the courier: the box learns at its next HELLO what the centre holds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from edgenode.core.sync.tree import Tree
from edgenode.model.errors import UnreachableError
from edgenode.services.frames import frame_after
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import HEADER_END, SimCentre
from edgenode.sim.world.disk import PowerGoneError
from edgenode.sim.world.sync_invariants import SyncInvariants
from edgenode.wire import message, request
from edgenode.wire.message import Message, Push, PushAck, SyncRefusal

KNOCKS_MAX, AGAIN_S = 40, 3.0


@dataclass(frozen=True, slots=True)
class Carried:
    """A push on a stick: the frame, the request as signed, and the leaf that it ends at."""

    push: Push
    request: bytes
    leaf: bytes


@dataclass(slots=True)
class Stick:
    """What was copied from one box, and how far."""

    box: SimBox
    upto: int
    carried: list[Carried] = field(default_factory=list)

    def fill(self) -> None:
        """Copy what the box wrote since; a box without power is not read."""
        store, signer = self.box.store, self.box.signer
        if self.box.live is None or store is None or store.head is None:
            return
        tree = Tree(store.leaves, store.edge)
        while self.upto < store.head.size:
            push = Push(frame_after(store, tree, self.upto))
            body = message.encode(push)
            header = request.sign(store.ledger, body, signer)
            self.upto = push.frame.end
            (leaf,) = store.leaves(self.upto - 1, self.upto)
            self.carried.append(Carried(push, header.encode() + HEADER_END + body, leaf))


@dataclass(slots=True)
class Courier:
    """Hands sticks over at the centre's door."""

    centre: SimCentre
    judged: SyncInvariants

    async def hand_over(self, box: SimBox, carried: Sequence[Carried]) -> int:
        """Hand pushes over in this order; returns how many the centre took in."""
        taken = 0
        for one in carried:
            answer = await self.knock(one.request)
            if answer is None:
                continue
            self.judged.carried(box, one.push.frame, one.leaf, answer)
            said = answer.code if isinstance(answer, SyncRefusal) else type(answer).__name__
            end = one.push.frame.end
            box.trace.say("courier", box.name, first=one.push.frame.first, end=end, said=said)
            taken += isinstance(answer, PushAck)
        return taken

    async def hand_over_until_idle(self, box: SimBox, carried: Sequence[Carried]) -> None:
        """Hand the same over again and again, until nothing of it is taken in any more."""
        for _ in carried:
            if not await self.hand_over(box, carried):
                return
            await asyncio.sleep(AGAIN_S)
        await self.hand_over(box, carried)

    async def knock(self, data: bytes) -> Message | None:
        """Knock until the centre answers."""
        for _ in range(KNOCKS_MAX):
            try:
                return message.parse(await self.centre.answer(data))
            except (UnreachableError, PowerGoneError):
                await asyncio.sleep(AGAIN_S)
        return None
