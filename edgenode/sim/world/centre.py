"""A simulated centre: the product's own centre on a simulated disk, until the power goes."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edgenode.central import core_hedge, folder
from edgenode.central.centre import DESK, Centre
from edgenode.central.desk.desk import Desk
from edgenode.central.feeds import Feeds, NamedFeeds, Source
from edgenode.central.registry import PARTY
from edgenode.central.sync.projector import Projector
from edgenode.daemon import paper
from edgenode.model.errors import UnreachableError
from edgenode.model.facts import CoreFillRecorded, Fact
from edgenode.model.ids import InstrumentId, NodeId, VenueId
from edgenode.model.orders import sign
from edgenode.ports.venue import Venue
from edgenode.sim.world.clock import SimClock
from edgenode.sim.world.disk import Disk
from edgenode.sim.world.ledger import SimLedger, SimLedgers
from edgenode.sim.world.loop import lane
from edgenode.sim.world.mirrors import SimMirrors
from edgenode.sim.world.trace import Trace
from edgenode.wire import facts as wire_facts
from edgenode.wire import message
from edgenode.wire.message import Message
from edgenode.wire.note import Signer, Vkey

Json = dict[str, Any]
HEADER_END = b"\n"
LOOK_S = 0.5
FEED = "core"


@dataclass(slots=True)
class SimCentre:
    """The centre as the world sees it: a disk, a clock, keys, and a process while it lives."""

    disk: Disk
    clock: SimClock
    signer: Signer
    cosigner: Signer
    feed: Callable[[], Venue]
    trace: Trace
    watch: Callable[[SimLedger], None]
    answered: Callable[[Message], None] = lambda *_: None
    exchanged: Callable[[bytes, Message], None] = lambda *_: None
    opened: folder.OpenedCentre | None = None
    _core: dict[tuple[NodeId, InstrumentId], int] = field(default_factory=dict)
    _core_read: int = 0  # entries of the desk's ledger
    _life: "asyncio.Task[None] | None" = None

    async def power_on(self) -> None:
        """Start the process, where it is not running; done once it answers."""
        if self.opened is not None:
            return
        mirrors = SimMirrors(self.disk)
        ledgers = SimLedgers(self.disk, self.watch)
        centre = Centre(ledgers, self.signer, self.clock, self.clock)
        self.opened = opened = await folder.begun(centre, mirrors, self.signer, self.cosigner)
        self._life = asyncio.create_task(self._run(centre, opened.projector))  # noqa: TID251  ended by power_off
        self.trace.say(PARTY, "started", nodes=len(centre.registry.nodes))

    def power_off(self) -> None:
        """End the process as a power cut does."""
        torn = self.disk.power_goes()
        self.opened = None
        if self._life is not None:
            self._life.cancel()
        self.trace.say(PARTY, "power_off", torn=torn)

    def core_lots(self, node: NodeId, name: InstrumentId) -> int:
        """Return what core traded for a node, by the desk's ledger on the disk."""
        return self.core_of_all().get((node, name), 0)

    def core_of_all(self) -> Mapping[tuple[NodeId, InstrumentId], int]:
        """Return what core traded for every node."""
        chain = self.disk.files.chains[DESK.name].sealed
        for sealed in chain[self._core_read :]:
            if sealed.entry.kind == CoreFillRecorded.__name__:
                fact = wire_facts.decode(sealed.entry.kind, sealed.entry.body)
                assert isinstance(fact, CoreFillRecorded)
                key = fact.node, fact.instrument
                lots = sign(fact.side) * fact.quantity_lots
                self._core[key] = self._core.get(key, 0) + lots
        self._core_read = len(chain)
        return self._core

    async def _run(self, centre: Centre, projector: Projector) -> None:
        lane(PARTY)
        source = Source(venue=self.feed(), instrument=paper.WETH_USDC)
        feeds = Feeds([source], self.clock)
        async with asyncio.TaskGroup() as tasks:
            for part in feeds.parts():
                tasks.create_task(part)
            tasks.create_task(core_hedge.run(centre, projector, feeds, speed=1))
            tasks.create_task(projector.run())

    async def answer(self, request: bytes) -> bytes:
        """Answer one sync request: its header, a line's end, its body."""
        if self.opened is None:
            raise UnreachableError("the centre is down", code="EN301")
        powered = self.disk.powered
        header, _, body = request.partition(HEADER_END)
        answer = await self.opened.server.answer(header.decode("utf-8", "replace"), body)
        if powered != self.disk.powered:
            raise UnreachableError("the centre went down", code="EN301")
        self.answered(answer)
        self.exchanged(body, answer)
        return message.encode(answer)

    async def up(self) -> folder.OpenedCentre:
        """Wait until the process answers."""
        while self.opened is None:  # noqa: ASYNC110  whoever asks it tries again
            await asyncio.sleep(LOOK_S)
        return self.opened

    def desk(self) -> Desk:
        """Return the desk of the process that runs."""
        assert self.opened is not None
        return Desk(self.opened, NamedFeeds({FEED: paper.WETH_USDC}))

    async def enrol(self, node: NodeId, vkey: str, facts: Sequence[Fact], hedging: Json) -> None:
        """Enrol and approve a node, tell it its rules and grants, and hedge its core so."""
        assert self.opened is not None
        desk = self.desk()
        invited = await desk.perform("node.enroll", {"node_id": node, "desk": "sim"})
        claim = {"ledger": f"{node}/1", "ledger_vkey": vkey, "code": invited["code"]}
        await desk.claim(claim)
        key = Vkey.parse(vkey).fingerprint
        await desk.perform("node.approve", {"node_id": node, "key": key, "actor": "second"})
        await self.opened.centre.tell(node, facts, "person:sim")
        hedge: Json = {"node_id": node, "instrument": paper.WETH_USDC, "enabled": True}
        await desk.perform("core-hedge.set", {**hedge, **hedging, "feed": FEED})


def feed_of(make: Callable[[VenueId, InstrumentId], Venue]) -> Callable[[], Venue]:
    """Return what makes the centre's price feed at each start."""
    return lambda: make(VenueId(FEED), paper.WETH_USDC)
