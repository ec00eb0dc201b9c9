"""A simulated box: the product's own box on a simulated disk, until it ends or the power goes."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from edgenode.core.observations import Born
from edgenode.daemon.box import Box, World
from edgenode.daemon.config import Config
from edgenode.daemon.folder import folder
from edgenode.daemon.folder.stop_note import innermost
from edgenode.daemon.link import CentreLink
from edgenode.model.errors import EdgenodeError, InvariantBrokenError, RefusedError
from edgenode.model.ids import NodeId, VenueId
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.ports.venue import Venue
from edgenode.services.syncer import PinnedCentre
from edgenode.sim.world.centre import HEADER_END, SimCentre
from edgenode.sim.world.clock import SimBoot, SimClock
from edgenode.sim.world.disk import Disk, Files, PowerGoneError
from edgenode.sim.world.exchange import SimVenue
from edgenode.sim.world.ledger import SimLedger
from edgenode.sim.world.loop import lane
from edgenode.sim.world.mirrors import SimMirrors
from edgenode.sim.world.net import Link
from edgenode.sim.world.trace import Trace
from edgenode.wire import message as wire_message
from edgenode.wire import request
from edgenode.wire.message import WAIT_MS_MAX, Message, SyncRefusal
from edgenode.wire.note import Signer

RESTART_S = (0.5, 5.0)
FOR_GOOD = frozenset({"EN303", "EN305"})  # two histories: a person must look
EXPECTED = FOR_GOOD | {"EN404", "EN407", "EN402"}
CALL_S = WAIT_MS_MAX / 1000 + 10


class SimPeer:
    """Implements `ports.CentrePeer`: the messages of adapters/sync/http over a simulated link."""

    def __init__(self, ledger: LedgerId, signer: Signer, centre: SimCentre, link: Link) -> None:
        self._ledger = ledger
        self._signer = signer
        self._centre = centre
        self._link = link
        self.heard: Callable[[Message, Message], None] = lambda *_: None

    async def ask(self, message: Message) -> Message:
        """Send one message; a refusal is raised with the centre's code."""
        body = wire_message.encode(message)
        header = request.sign(self._ledger, body, self._signer)
        data = header.encode() + HEADER_END + body
        answer = wire_message.parse(await self._link.call(self._centre.answer, data, CALL_S))
        self.heard(message, answer)
        if isinstance(answer, SyncRefusal):
            kind = InvariantBrokenError if answer.code in FOR_GOOD else RefusedError
            raise kind(answer.found, expected=answer.expected, do=answer.do, code=answer.code)
        return answer

    async def close(self) -> None:
        """Nothing to close."""


@dataclass(slots=True)
class SimBox:
    """One box as the world sees it. A clone shares its node's name and keys, not its disk."""

    name: str
    node: NodeId
    disk: Disk
    clock: SimClock
    signer: Signer
    centre: SimCentre
    link: Link
    venues: Mapping[VenueId, Callable[[], SimVenue]]
    rng: random.Random
    trace: Trace
    watch: Callable[["SimBox"], None]
    unexpected: Callable[["SimBox", BaseException], None]
    stopped: Callable[["SimBox"], None]
    config: Config = field(default_factory=Config)
    live: Box | None = None
    peer: SimPeer | None = None
    store: SimLedger | None = None
    stopped_for_good: str = ""
    incarnation: int = 1
    rekeying: bool = False
    starts: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)  # of the present start
    _life: "asyncio.Task[None] | None" = None
    _open: list[SimVenue] = field(default_factory=list)

    @property
    def ledger(self) -> LedgerId:
        """Name its ledger."""
        return LedgerId(self.node, MAIN, self.incarnation)

    @property
    def older(self) -> list[LedgerId]:
        """Name its ledgers of before, whose books it carries."""
        return [LedgerId(self.node, MAIN, n) for n in range(1, self.incarnation)]

    async def begin_next(self, signer: Signer, *, lost: bool) -> None:
        """Begin the next ledger with a new key; the older one stays to be read, or is lost."""
        assert self._life is None, "nobody writes the older ledger"
        chain, files = self.disk.files.chains[self.ledger.name], Files()
        if not lost:
            files.chains = self.disk.files.chains
        self.disk.files, self.disk.anchored = files, None
        self.signer, self.incarnation = signer, self.incarnation + 1
        await self.begin(chain.heads[-1].note if chain.heads and not lost else None)

    async def begin(self, previous_head: str | None = None) -> None:
        """Write the first entry of a new ledger."""
        opened = self._opened(SimLedger(self.disk, self.ledger, self.signer))
        born = Born(ledger_key=self.signer.public, previous_head=previous_head, approval="paper")
        await folder.record(opened, [born], self.clock, self.clock)

    def power_on(self) -> None:
        """Start the process, and start it again whenever it ends, as a service manager does."""
        if self._life is not None and not self._life.done():
            return
        self._life = asyncio.create_task(self._lives())  # noqa: TID251  ended by power_off

    def power_off(self) -> None:
        """End the process as a power cut does: nothing is written or sent any more."""
        torn = self.disk.power_goes()
        if self._life is not None:
            self._life.cancel()
        self._life = self.live = None
        for venue in self._open:
            venue.unplugged = True
        self.trace.say(self.name, "power_off", size=self._size(), torn=torn)

    async def _lives(self) -> None:
        lane(f"{self.name}/{self.starts}")
        while not self.stopped_for_good:
            try:
                await self._live_once()
            except (Exception, BaseExceptionGroup) as group:  # noqa: BLE001  judged here
                self._ended(innermost(group))
            self.disk.process_ends()
            await asyncio.sleep(self.rng.uniform(*RESTART_S))

    async def _live_once(self) -> None:
        self.starts += 1
        store = self.store = SimLedger(self.disk, self.ledger, self.signer)
        opened = self._opened(store)
        peer = self.peer = SimPeer(self.ledger, self.signer, self.centre, self.link)
        pinned = PinnedCentre(
            self.centre.signer.name,
            self.centre.signer.vkey,
            self.centre.cosigner.vkey,
            LedgerId(self.centre.signer.name, f">{self.node}", self.incarnation),
        )
        mirrors = SimMirrors(self.disk)
        link = await CentreLink.to(
            opened, self.config.central, pinned, mirrors, peer, self.rng, self.clock,
            SimBoot(self.clock),
        )  # fmt: skip
        self._open = [make() for make in self.venues.values()]
        venues: dict[VenueId, Venue] = {venue.id: venue for venue in self._open}
        self.stop = asyncio.Event()
        world = World(
            wall=self.clock,
            market=self.clock,
            rng=self.rng,
            bits=self.rng.getrandbits,
            venues=venues,
            link=link,
            free_bytes=lambda: self.disk.free_bytes,
        )
        box = Box(opened, self.config, world)
        self.live = box
        self.watch(self)
        try:
            self.trace.say(self.name, "starts", size=self._size())
            await box.run(self.stop, lambda: self.trace.say(self.name, "trades"))
            self.live = None
            self.trace.say(self.name, "stopped", size=self._size())
            self.stopped(self)
        finally:
            for venue in self._open:
                await venue.close()

    def _opened(self, store: SimLedger) -> folder.OpenedNode:
        state, last_hlc = folder.folded(store, store.proved_state())
        return folder.OpenedNode(
            "paper", store, self.signer, state, last_hlc, self.disk, release=lambda: None
        )

    def _ended(self, error: BaseException) -> None:
        if isinstance(error, PowerGoneError):
            return
        self.live = None
        code = error.code if isinstance(error, EdgenodeError) else type(error).__name__
        self.trace.say(self.name, "ended", code=code, found=str(error)[:120])
        if code in FOR_GOOD:
            self.stopped_for_good = code
        elif code not in EXPECTED:
            self.unexpected(self, error)

    def _size(self) -> int:
        chain = self.disk.files.chains.get(self.ledger.name)
        return len(chain.sealed) if chain else 0
