"""The course of one arm: its parties set up, the window lived through, a clean end.

A box and its centre on disks that never fail, their links steady, the venues recorded. Customers
send each minute's orders at their seconds. At the end no order is open and the centre holds every
entry of the box.
"""

import asyncio
import random
from collections.abc import Callable

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.central.folder import COSIGNER
from edgenode.central.registry import PARTY
from edgenode.daemon import paper
from edgenode.daemon.box import Box
from edgenode.daemon.config import Central, Config
from edgenode.daemon.control.facade import OrderRequest
from edgenode.model.ids import NodeId, VenueId
from edgenode.sim.arms.flow import MINUTE_NS, all_pay, elastic, orders_between
from edgenode.sim.arms.setting import Setting
from edgenode.sim.arms.venues import maker, steady, venues_of
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import SimCentre
from edgenode.sim.world.clock import SimClock
from edgenode.sim.world.disk import Disk
from edgenode.sim.world.loop import VirtualLoop
from edgenode.sim.world.trace import Trace
from edgenode.wire.note import COSIGNATURE_V1, ED25519, Signer

SECOND_NS = 1_000_000_000
LEAD_NS = 60 * SECOND_NS  # before the window: enrolment, funds, the first books
WARM_NS = 120 * MINUTE_NS
LOOK_S = 0.1
AFTER_NS = 1_000_000  # customers come behind the box's own second: no arm has them before it
DRAIN_S, END_S = 600.0, 900.0
CUSTOMER, STAFF = "customer:c1", "person:drill"


class Life:
    """The parties of one arm; `lived` once."""

    def __init__(self, loop: VirtualLoop, setting: Setting) -> None:
        self.answers: dict[int, int] = {}  # to customers' orders, by HTTP status
        clock = SimClock(loop, begins_ns=setting.from_ns - LEAD_NS)
        self.exchanges = pool, late, feed = venues_of(setting, clock)
        trace = Trace(loop, lines_max=0)
        self.centre = SimCentre(
            disk=Disk(_chance(setting, "centre")),
            clock=clock,
            signer=_signer(setting, PARTY),
            cosigner=_signer(setting, COSIGNER, COSIGNATURE_V1),
            feed=maker(feed, steady("core")),
            trace=trace,
            watch=lambda _: None,
        )
        self.box = SimBox(
            name=setting.name,
            node=NodeId(setting.name),
            disk=Disk(_chance(setting, "disk")),
            clock=clock,
            signer=_signer(setting, setting.name),
            centre=self.centre,
            link=steady("centre"),
            venues={VenueId(e.engine.name): maker(e, steady(e.engine.name)) for e in (pool, late)},
            rng=_chance(setting, "box"),
            trace=trace,
            watch=lambda _: None,
            unexpected=self._unexpected,
            stopped=self._stopped,
            config=Config(central=Central(drain_s=DRAIN_S)),
        )
        self._clock, self._setting = clock, setting
        self._failed: BaseException | None = None

    async def lived(self) -> None:
        """Set up, let the window pass, end cleanly."""
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(exchange.run()) for exchange in self.exchanges]
            beside.append(tasks.create_task(self._cut()))
            await self._begin()
            await self._trade()
            await self._until(self._setting.to_ns)
            await self._end()
            for task in beside:
                task.cancel()
            self.box.power_off()

    async def _begin(self) -> None:
        """Enrol, equip and start the box, and book its funds: all before the window opens."""
        box, setting = self.box, self._setting
        await self.centre.power_on()
        await box.begin()
        facts = paper.down_ledger(setting.figures, self._clock.now_ns())
        await self.centre.enrol(box.node, box.signer.vkey.text, facts, setting.core)
        box.power_on()
        await self._look(lambda: box.live is not None and _policy(box.live))
        self._warm()
        for grant in paper.funds(setting.figures):
            await self._live.recorder.observe(grant)
        if setting.event is not None:
            name, starts, ends = setting.event
            body = {"name": name, "starts": starts, "ends": ends}
            await self._live.node.declare_event(body, STAFF)
        assert self._clock.now_ns() < setting.from_ns, "set up before the window opens"

    def _warm(self) -> None:
        """Show the box the closes of the hours before, as its own bars would."""
        day, begun = self._setting.day, self._setting.from_ns - LEAD_NS
        ends = range(begun - WARM_NS + MINUTE_NS, begun + 1, MINUTE_NS)
        closes = [(end_ns - SECOND_NS, day.price(end_ns)) for end_ns in ends]
        self._live.board.estimates.warm(paper.WETH_USDC, closes)

    async def _trade(self) -> None:
        """Send every customer's order at its second."""
        setting = self._setting
        window = setting.from_ns, setting.to_ns
        mean = setting.limit_mean_ppm
        away = all_pay if mean is None else elastic(setting.seed, mean)
        orders = orders_between(
            setting.name, setting.direction, setting.day, window, setting.spike, away
        )
        for at_ns, order in orders:
            await self._until(at_ns + AFTER_NS)
            body = msgspec.convert(order, OrderRequest)
            answer = await self._live.node.place(body, CUSTOMER)
            self.answers[answer.status] = self.answers.get(answer.status, 0) + 1

    async def _cut(self) -> None:
        if self._setting.cut is None:
            return
        begins_ns, ends_ns = self._setting.cut
        await self._until(begins_ns)
        self.box.link.set_up(False)
        await self._until(ends_ns)
        self.box.link.set_up(True)

    async def _end(self) -> None:
        """Stop trading, let every order end, and stop the box once the centre holds it all.

        A box whose link is still down does not wait for it when it stops.
        """
        self.box.link.set_up(True)
        live = self._live
        await live.node.pause(STAFF, hedges=True, reason="the window is over")
        await self._look(lambda: not any(live.recorder.state.orders.at_venues()))
        await self._look(lambda: live.world.link.online)
        self.box.stop.set()
        await self._look(lambda: bool(self.box.stopped_for_good))

    @property
    def _live(self) -> Box:
        assert self.box.live is not None, "the box runs from the window's begin to its end"
        return self.box.live

    def _stopped(self, box: SimBox) -> None:
        box.stopped_for_good = "the window is over"

    def _unexpected(self, _: SimBox, error: BaseException) -> None:
        self._failed = error

    async def _look(self, done: Callable[[], bool]) -> None:
        """Wait until something is so; what ended the box by itself is raised."""
        async with asyncio.timeout(END_S):
            while not done():
                if self._failed is not None:
                    raise self._failed
                await asyncio.sleep(LOOK_S)

    async def _until(self, at_ns: int) -> None:
        while (wait_ns := at_ns - self._clock.now_ns()) > 0:  # noqa: ASYNC110  virtual
            await asyncio.sleep(wait_ns / SECOND_NS)


def _policy(live: Box) -> bool:
    return live.recorder.state.rules.policy is not None


def _chance(setting: Setting, name: str) -> random.Random:
    """Return chance of its own to a part; the same in every arm of one seed."""
    return random.Random(f"{name}/{setting.seed}")


def _signer(setting: Setting, name: str, type_: int = ED25519) -> Signer:
    key = Ed25519PrivateKey.from_private_bytes(_chance(setting, f"key/{name}").randbytes(32))
    return Signer(name, key, type_)
