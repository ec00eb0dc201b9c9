"""Each incarnation of a node has one owner of its risk, and both tiers agree on it."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.folder import LedgerFolder
from edgenode.central import core_hedge
from edgenode.central.centre import DESK, Centre, node_ledger
from edgenode.core.ledger.chain import Tip, seal_run
from edgenode.core.observations import OrderAsked, Tick
from edgenode.daemon import paper
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    BooksCarried,
    CoreHedgeSet,
    CoreOrderSent,
    Mandate,
    NodeClaimed,
    NodeCodeIssued,
)
from edgenode.wire import facts as wire_facts
from edgenode.wire.note import Signer
from tests.core.world import CUSTOMER, SECOND, START, WETH, World, intent

NODE = "edge-07"
BAND, SLICE = 100, 30 * SECOND
SIGNER = Signer("centre", Ed25519PrivateKey.from_private_bytes(bytes(32)))


class Clock:
    now = START

    def now_ns(self):
        return self.now


class Lab:
    """A centre on disk, and one node at a time that syncs with it once per slice."""

    def __init__(self, folder):
        self.folder, self.clock, self.seen, self.price = folder, Clock(), 0, 150_000
        ledger_store.create(folder / "desk.sqlite", DESK, {})
        self.centre = Centre(LedgerFolder(folder), SIGNER, self.clock, self.clock)

    async def begin(self):
        await self.centre.begin()
        now = self.clock.now
        code = NodeCodeIssued(
            at_ns=now, node=NODE, desk="d", code_hash=b"", expires=0, issued_by="p"
        )
        settings = CoreHedgeSet(
            at_ns=now, node=NODE, instrument=WETH, enabled=True, horizon_s=30, slice_s=30,
            slice_lots_max=100, band_lots=BAND, half_spread_ppm=0, feed="x",
        )  # fmt: skip
        for fact in (code, settings):
            await self.centre.record(fact, "person:p")

    async def keyed(self, incarnation):
        """A box with a new key, whose overlay holds nothing yet."""
        claimed = NodeClaimed(
            at_ns=self.clock.now, node=NODE, incarnation=incarnation,
            ledger_key=bytes([incarnation]) * 32, key_name="k",
        )  # fmt: skip
        await self.centre.claim(claimed, "node")
        self.seen = 0
        figures = paper.PaperWorld(quote_size_lots=500, venues=("a",))
        world = World(figures, ledger=node_ledger(NODE, incarnation))
        world.policy(horizon_s=30)
        world.now = self.clock.now
        return world

    async def set(self, **changes):
        """Set the core hedge anew, after a first time."""
        settings = self.centre.registry.hedges[NODE, WETH]
        await self.centre.record(replace(settings, at_ns=self.clock.now, **changes), "person:p")

    def restart(self):
        """End the centre and start it from its folder, then let nodes send all they have."""
        self.centre.close()
        folded = self.centre.book.ledgers
        self.centre = Centre(LedgerFolder(self.folder), SIGNER, self.clock, self.clock)
        self.centre.book.ledgers = folded

    async def live(self, world, slices):
        """The node's overlay finds no venue: core alone hedges it."""
        for _ in range(slices):
            world.now += SLICE
            self.clock.now = world.now
            world.publish("a", 150_000, lots=0)
            for sealed in self.centre.downs[NODE].store.read(self.seen, 1_000):
                self.seen = sealed.entry.seq
                fact = wire_facts.decode(sealed.entry.kind, sealed.entry.body)
                if isinstance(fact, Mandate):
                    world.adopt(fact)
            world.observe(Tick())
            run = seal_run(Tip(world.ledger), [r.entry for r in world.recorded])
            self.centre.project(world.ledger, tuple(run))
            with self.centre.contacts.asks(NODE):
                await core_hedge.hedge(self.centre, lambda _, __: self.price)

    def core(self, world):
        return self.centre.registry.core_of(world.ledger, WETH).lots


@contextmanager
def lab_in(folder):
    lab = Lab(folder)
    yield lab
    lab.centre.close()


def trade(world, name, lots):
    side, price = ("buy", 152_000) if lots > 0 else ("sell", 148_000)
    ask = intent(name, side=side, lots=abs(lots), price=price, time_in_force="ioc")
    world.observe(OrderAsked(ask, CUSTOMER))


def held(world):
    seen = world.exposure()
    return seen.agreed + seen.overlay_agreed


@pytest.mark.parametrize("restarts", [False, True])
async def test_nodes_keyed_anew_and_the_centre_agree_from_the_first_entry(tmp_path, restarts):
    with lab_in(tmp_path) as lab:
        await lab.begin()
        worlds = []
        for incarnation, lots in ((1, 400), (2, -300), (3, 200)):
            world = await lab.keyed(incarnation)
            worlds.append(world)
            if restarts:
                lab.restart()
            await lab.live(world, 1)
            assert (world.exposure().mandate, lab.core(world)) == (0, 0), "of another incarnation"
            trade(world, f"C{incarnation}", lots)
            for _ in range(12):
                await lab.live(world, 1)
                promised = world.exposure().mandate
                assert abs(promised - lab.core(world)) <= 100, "at most one slice apart"
            assert held(world) + lab.core(world) == 0
            for ended in worlds[:-1]:
                assert held(ended) + lab.core(ended) == 0, "what it left has an owner"


@pytest.mark.parametrize("band", [0, 40, 250])
async def test_core_keeps_the_bound_with_the_band_of_the_nodes_newest_programme(tmp_path, band):
    with lab_in(tmp_path) as lab:
        await lab.begin()
        world = await lab.keyed(1)
        world.policy(band_lots=band)
        trade(world, "C1", 400)
        for _ in range(12):
            await lab.live(world, 1)
        desk = lab.centre.desk.store.read(0, 1_000)
        told = [wire_facts.decode(s.entry.kind, s.entry.body) for s in desk]
        bounds = {fact.bound for fact in told if isinstance(fact, CoreOrderSent)}
        assert world.state.programmes.of(WETH).newest.band_lots == band != BAND
        assert bounds == {400 + 500 + band + 100}, "E with its quote, band, one slice of core"


async def test_what_an_ended_incarnation_left_open_core_covers_alone(tmp_path):
    with lab_in(tmp_path) as lab:
        await lab.begin()
        first = await lab.keyed(1)
        await lab.live(first, 1)
        trade(first, "C1", 400)
        await lab.live(first, 2)  # core has covered a part of it
        assert 0 < abs(held(first) + lab.core(first)) < 400
        promised = lab.centre.registry.progress_of(first.ledger, WETH).issued_version
        second = await lab.keyed(2)
        await lab.live(second, 8)
        assert held(first) + lab.core(first) == 0
        assert lab.centre.registry.progress_of(first.ledger, WETH).issued_version == promised
        assert (second.exposure().mandate, lab.core(second)) == (0, 0)


async def test_without_a_price_nothing_is_promised(tmp_path):
    with lab_in(tmp_path) as lab:
        await lab.begin()
        world = await lab.keyed(1)
        await lab.live(world, 1)
        trade(world, "C1", 400)
        lab.price = None
        await lab.live(world, 6)
        assert (world.exposure().mandate, lab.core(world)) == (0, 0)


async def test_core_rests_while_a_node_was_told_more_than_is_known_here(tmp_path):
    with lab_in(tmp_path) as lab:
        await lab.begin()
        world = await lab.keyed(1)
        await lab.live(world, 1)
        trade(world, "C1", 400)
        lab.centre.contacts.shows(NODE, 99, held=lab.centre.downs[NODE].size)
        await lab.live(world, 3)
        assert (lab.core(world), world.exposure().mandate) == (0, 0)
        with pytest.raises(RefusedError, match="restored from an old copy") as refused:
            await lab.centre.tell(NODE, [], "person:p")
        assert refused.value.code == "EN309"
        lab.centre.contacts.shows(NODE, 1, held=1)
        await lab.live(world, 8)
        assert held(world) + lab.core(world) == 0


def in_force(world):
    mandate = world.state.mandates.mandates[WETH]
    return world.now < mandate.valid_until


async def dies(lab):
    lab.price = None


async def switches_off(lab):
    await lab.set(enabled=False)


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("slices", [0, 1, 3])
@pytest.mark.parametrize("ends", [(dies,), (switches_off,), (dies, switches_off)])
async def test_core_that_takes_no_more_promises_no_more(tmp_path, ends, slices, restarts):
    """Whatever it was at: what the node takes for core's is what core holds."""
    with lab_in(tmp_path) as lab:
        await lab.begin()
        world = await lab.keyed(1)
        await lab.live(world, 2)
        assert in_force(world), "with nothing to hedge as well"
        trade(world, "C1", 400)
        await lab.live(world, slices)
        trade(world, "C2", -400)  # what is promised may be more than core may work now
        for end in ends:
            await end(lab)
        if restarts:
            lab.restart()
        await lab.live(world, 3)
        assert not in_force(world)
        assert world.exposure().mandate == lab.core(world)
        lab.price = 150_000
        await lab.set(enabled=True)
        await lab.live(world, 20)
        assert in_force(world)
        assert held(world) + lab.core(world) == 0


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_carried_mandate_ends_where_no_core_hedges(tmp_path, restarts):
    with lab_in(tmp_path) as lab:
        await lab.begin()
        first = await lab.keyed(1)
        await lab.live(first, 2)
        trade(first, "C1", 400)
        await lab.live(first, 8)
        await lab.set(enabled=False)
        await lab.live(first, 3)
        second, now = await lab.keyed(2), lab.clock.now
        carried = Mandate(
            at_ns=now, instrument=WETH, quantity_lots=lab.core(first), version=1,
            valid_until=now + 3_600 * SECOND,
        )  # fmt: skip
        told = await lab.centre.tell(NODE, [carried], "person:q")
        books = BooksCarried(
            at_ns=now, node=NODE, from_incarnation=1, into_incarnation=2,
            from_size=first.state.size, down_size=told[-1], digest=b"", persons=("p", "q"),
        )  # fmt: skip
        await lab.centre.record(books, "person:q")
        if restarts:
            lab.restart()
        lab.centre.registry.awaits.clear()  # this lab's boxes adopt by another ledger's name
        await lab.live(second, 4)
        assert not in_force(second)
        assert second.exposure().mandate == lab.core(second)
