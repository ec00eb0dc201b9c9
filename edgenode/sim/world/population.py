"""Everybody in one world: the centre, boxes, their venues, their customers, the links between."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.central.centre import DESK
from edgenode.central.folder import COSIGNER
from edgenode.central.registry import PARTY
from edgenode.daemon import paper
from edgenode.model.facts import CoreFillRecorded, Fact, Policy
from edgenode.model.ids import NodeId, OrderId, VenueId
from edgenode.model.ledgers import Head, Sealed
from edgenode.sim.venue.engine import USDC, FeeCurrency
from edgenode.sim.world import clock, currencies, many
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import FEED, SimCentre
from edgenode.sim.world.customers import Customers, Traded
from edgenode.sim.world.disk import Disk
from edgenode.sim.world.exchange import Exchange, SimVenue
from edgenode.sim.world.forks import Forks
from edgenode.sim.world.invariants import Invariants
from edgenode.sim.world.ledger import SimLedger
from edgenode.sim.world.loop import VirtualLoop
from edgenode.sim.world.many import Listed
from edgenode.sim.world.net import Link
from edgenode.sim.world.payments import Payments, begun
from edgenode.sim.world.plan import Scenario
from edgenode.sim.world.trace import Trace
from edgenode.wire import facts as wire_facts
from edgenode.wire.note import COSIGNATURE_V1, ED25519, Signer

VENUES = (VenueId("a"), VenueId("b"))
LOOK_S = 0.1
HEDGING: dict[str, Any] = {
    "slice_s": 5, "horizon_s": 20, "band_lots": 50, "quote_skew_ppm": 2,
}  # fmt: skip
CORE = {
    "horizon_s": 60, "slice_s": 10, "slice_lots_max": 200, "band_lots": 100,
    "half_spread_ppm": 100,
}  # fmt: skip
FIGURES = paper.PaperWorld(
    static_reference_ticks=None,
    quote_size_lots=500,
    venues=VENUES,
    reference_venue="a",
    event_spend_max=100_000,
    cost_limit=200_000,
    cash_limit=3_000_000,
)
TIGHT = replace(FIGURES, unhedged_max=50, cost_limit=60, cash_limit=60_000, position_lots=2_000)
DEPTHS = (0, 5, 30, 90)  # lots a level, of venues where depth comes and goes


@dataclass(slots=True)
class Population:
    """The parties of one world."""

    loop: VirtualLoop
    rng: random.Random
    scenario: Scenario
    trace: Trace
    centre: SimCentre
    invariants: Invariants
    forks: Forks
    boxes: list[SimBox] = field(default_factory=list)
    customers: list[Customers] = field(default_factory=list)
    exchanges: dict[NodeId, list[Exchange]] = field(default_factory=dict)
    venue_links: dict[NodeId, list[Link]] = field(default_factory=dict)
    payments: Payments | None = None
    looks: list[Callable[[], None]] = field(default_factory=list)  # each half second
    background: list["asyncio.Task[None]"] = field(default_factory=list)

    def signer(self, name: str) -> Signer:
        """Return a new key."""
        return _signer(name, self.spawn("key"))

    def spawn(self, name: str) -> random.Random:
        """Return chance of its own to a part, so that one part's draws do not move another's."""
        return random.Random(f"{name}/{self.rng.getrandbits(64)}")

    async def settle(self) -> None:
        """Start the centre, make and enrol the boxes, and start them."""
        self._run(self._core_feed().run())
        await self.centre.power_on()
        for number in range(self.scenario.boxes):
            await self._add(NodeId(f"edge-{number}"))
        if self.payments is not None:
            self._run(self.payments.rail.run())
            self.payments.payer.power_on()

    async def clone(self, box: SimBox, *, after_s: float) -> None:
        """Start a second box from a copy of a box's disk: same node, same keys."""
        files, anchored = box.disk.files.copy(), box.disk.anchored
        await asyncio.sleep(after_s)
        disk = Disk(self.spawn("disk"))
        disk.files, disk.anchored = files, anchored
        link = Link(f"{box.name}'-centre", self.spawn("link"))
        name = f"{box.name}'" + str(sum(b.node == box.node for b in self.boxes) - 1 or "")
        twin = replace(
            box, name=name, disk=disk, link=link, clock=self._clock(), rng=self.spawn("box"),
            live=None, peer=None, store=None, starts=0, _life=None, _open=[],
        )  # fmt: skip
        self.boxes.append(twin)
        twin.power_on()

    def end(self) -> None:
        """Stop everything, at once."""
        for task in self.background:
            task.cancel()
        for box in self.boxes:
            box.power_off()
        self.centre.power_off()
        if self.payments is not None:
            self.payments.payer.power_off()

    # -- making ----------------------------------------------------------------------------------

    async def _add(self, node: NodeId) -> None:
        signer = _signer(str(node), self.rng)
        disk = Disk(self.spawn("disk"))
        venues = {}
        for venue in VENUES:
            exchange = Exchange(
                f"{venue}/{node}", self._clock(), self.spawn("exchange"),
                dedupe=self.scenario.dedupe, fees=self._fees,
                depths=DEPTHS if self.scenario.tight else (), lists=self._listed,
            )  # fmt: skip
            link = Link(f"{node}-{venue}", self.spawn("link"))
            self.exchanges.setdefault(node, []).append(exchange)
            if self.scenario.honest_venues:
                self.invariants.entries.honest = self.exchanges
            self.venue_links.setdefault(node, []).append(link)
            exchange.submitted = self._judge(node)
            exchange.moves = self._is_open
            self._run(exchange.run())
            venues[venue] = _maker(venue, exchange, link)
        box = SimBox(
            name=str(node),
            node=node,
            disk=disk,
            clock=self._clock(),
            signer=signer,
            centre=self.centre,
            link=Link(f"{node}-centre", self.spawn("link")),
            venues=venues,
            rng=self.spawn("box"),
            trace=self.trace,
            watch=self.invariants.watch,
            unexpected=self.invariants.sync.unexpected,
            stopped=self.invariants.entries.stopped,
        )
        self.boxes.append(box)
        await box.begin()
        await self.centre.enrol(node, signer.vkey.text, self._told(), CORE)
        box.power_on()
        self._run(self._fund(box))
        customers = Customers(
            box, self.spawn("customers"),
            self.invariants.entries.answered, self.scenario.orders_per_s, self._is_open,
            instruments=self._traded(node),
        )  # fmt: skip
        self.customers.append(customers)

    async def _fund(self, box: SimBox) -> None:
        """Book the opening funds, once the centre has declared what they are in."""
        rules = None
        while rules is None or rules.policy is None:
            await asyncio.sleep(LOOK_S)
            rules = box.live.recorder.state.rules if box.live is not None else None
        assert box.live is not None, "no power goes so early"
        for grant in many.funds(self.figures, self._listed):
            await box.live.recorder.observe(grant)

    def _told(self) -> list[Fact]:
        """Return the rules and grants that every box is told."""
        now = self.centre.clock.now_ns()
        facts = [
            replace(fact, **HEDGING) if isinstance(fact, Policy) else fact
            for fact in paper.down_ledger(self.figures, now)
        ]
        facts = currencies.equipped(facts, self._fees, now)
        return many.equipped(facts, self._listed, now) if self._listed else facts

    @property
    def figures(self) -> paper.PaperWorld:
        """Return what a box's limits are."""
        return TIGHT if self.scenario.tight else FIGURES

    @property
    def _listed(self) -> list[Listed]:
        """Return the instruments of a world that has many."""
        if self.scenario.instruments == 1:
            return []
        return many.listed(self.scenario.instruments, self.centre.clock.now_ns())

    def _traded(self, node: NodeId) -> list[Traded]:
        """Return what customers trade, with the price that the first venue has for it."""
        markets = self.exchanges[node][0].markets
        rows = self._listed or many.listed(1, 0)
        return [Traded(row.fact, markets[row.fact.id]) for row in rows]

    @property
    def _fees(self) -> tuple[FeeCurrency, ...]:
        """Return the currencies that the venues take fees in."""
        return currencies.ALL if self.scenario.many_currencies else (USDC,)

    def _judge(self, node: NodeId) -> Callable[[OrderId], None]:
        def heard(order_id: OrderId) -> None:
            self.invariants.hedges.submitted(self._of(node), self.exchanges[node], order_id)

        return heard

    def _of(self, node: NodeId) -> list[SimBox]:
        return [box for box in self.boxes if box.node == node]

    def watch_core(self, ledger: SimLedger) -> None:
        """Have core's executions judged as the desk's ledger has them durably."""
        if ledger.ledger == DESK:
            ledger.on_commit.append(self._core_traded)

    def _core_traded(self, sealed: list[Sealed], _: Head) -> None:
        for one in sealed:
            if one.entry.kind == CoreFillRecorded.__name__:
                fact = wire_facts.decode(one.entry.kind, one.entry.body)
                assert isinstance(fact, CoreFillRecorded)
                boxes, venues = self._of(fact.node), self.exchanges[fact.node]
                self.invariants.hedges.core_traded(fact, boxes, venues)

    def _clock(self) -> clock.SimClock:
        return clock.drawn(self.loop, self.spawn("clock"))

    def _is_open(self) -> bool:
        return self.scenario.is_open(self.loop.time())

    def _core_feed(self) -> Exchange:
        exchange = Exchange(FEED, self._clock(), self.spawn("feed"), dedupe=True)
        link = Link(f"{PARTY}-{FEED}", self.spawn("link"))
        self.centre.feed = _maker(VenueId(FEED), exchange, link)
        return exchange

    def _run(self, part: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(part)
        self.background.append(task)


def populate(loop: VirtualLoop, scenario: Scenario, seed: int, trace: Trace) -> Population:
    """Make the parties of one world; nobody runs yet."""
    rng = random.Random(f"world/{scenario.name}/{seed}")
    centre = SimCentre(
        disk=Disk(random.Random(f"centre/{seed}")),
        clock=clock.drawn(loop, random.Random(f"clock/{seed}")),
        signer=_signer(PARTY, rng),
        cosigner=_signer(COSIGNER, rng, COSIGNATURE_V1),
        feed=_no_feed,
        trace=trace,
        watch=lambda _: None,
    )
    invariants = Invariants(centre, trace)
    payments = None
    if scenario.payments_per_s:
        payments = begun(loop, f"{scenario.name}/{seed}", scenario.payments_per_s, invariants)
    forks = Forks(invariants, centre)
    world = Population(loop, rng, scenario, trace, centre, invariants, forks, payments=payments)
    centre.watch = world.watch_core
    return world


def _maker(venue: VenueId, exchange: Exchange, link: Link) -> Callable[[], SimVenue]:
    return lambda: SimVenue(venue, paper.WETH_USDC, exchange, link)


def _no_feed() -> SimVenue:
    raise AssertionError("the world sets the feed before the centre starts")


def _signer(name: str, rng: random.Random, type_: int = ED25519) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)), type_)
