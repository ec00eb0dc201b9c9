"""A node keyed anew: its books count in one place, and both tiers agree from its first entry."""

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from edgenode.central import core_hedge, folder
from edgenode.central.centre import node_ledger
from edgenode.central.desk import rekeying
from edgenode.central.desk.desk import Desk
from edgenode.central.registry import NodeRecord
from edgenode.core.breaks import books
from edgenode.core.ledger.chain import Tip, seal_run
from edgenode.core.ledger.merkle import Frontier
from edgenode.core.observations import CentreSaid, Started, Tick
from edgenode.core.state.digest import digest
from edgenode.core.sync.receive import HeldLedger
from edgenode.core.sync.table import Standing
from edgenode.daemon import paper
from edgenode.model.errors import RefusedError
from edgenode.model.facts import CarriedIn, CoreHedgeSet, CoreOrderSent, NodeClaimed
from edgenode.model.ledgers import LedgerId
from edgenode.wire import entry as wire_entry
from edgenode.wire.note import Signer, Vkey
from tests.central.test_core_hedge import BAND, NODE, SLICE, Clock, held, trade
from tests.core.state.test_escrow import fill, hedge
from tests.core.world import START, WETH, World

MARK = {WETH: 151_000}


class Rig:
    """A centre's folder, opened again at will, and the one box of a node that lives."""

    def __init__(self, data):
        folder.init(data)
        self.data, self.clock, self.price = data, Clock(), 150_000
        self.worlds, self.keys, self.seen = [], [], 0
        self.stack = AsyncExitStack()

    async def start(self):
        opening = folder.opened(self.data, self.clock, self.clock)
        self.opened = await self.stack.enter_async_context(opening)
        self.centre, self.desk = self.opened.centre, Desk(self.opened)
        for world in self.worlds:
            self.send(world)

    async def restart(self):
        await self.stack.aclose()
        await self.start()

    async def ask(self, verb, **args):
        return await self.desk.perform(verb, {"node_id": NODE, **args})

    async def claim(self, code, incarnation, key=None):
        key = key or Ed25519PrivateKey.generate()
        vkey = Signer(NODE, key).vkey.text
        self.keys.append(key)
        ledger = f"{NODE}/{incarnation}"
        await self.desk.claim({"ledger": ledger, "ledger_vkey": vkey, "code": code})
        return Vkey.parse(vkey).fingerprint

    async def begin(self):
        """Enrol the first box, whose overlay and quoter trade in a paper world."""
        code = (await self.ask("node.enroll", actor="ann", desk="d"))["code"]
        key = await self.claim(code, 1)
        await self.ask("node.approve", key=key, actor="bob")
        settings = CoreHedgeSet(
            at_ns=START, node=NODE, instrument=WETH, enabled=True, horizon_s=30, slice_s=30,
            slice_lots_max=100, band_lots=BAND, half_spread_ppm=0, feed="x",
        )  # fmt: skip
        await self.centre.record(settings, "person:ann")
        figures = paper.PaperWorld(quote_size_lots=500, venues=("a",))
        world = World(figures, ledger=node_ledger(NODE, 1))
        world.policy(horizon_s=30)
        return self.live_in(world)

    def live_in(self, world):
        world.now, self.seen = self.clock.now, 0
        self.worlds.append(world)
        return world

    def next_box(self):
        """A box whose new ledger holds its Genesis and its start alone."""
        world = World(ledger=node_ledger(NODE, len(self.worlds) + 1), funded=False)
        world.now = self.clock.now
        world.observe(Started(boot_tag=len(self.worlds), version="0", mode="paper"))
        return self.live_in(world)

    async def rekey(self, restarts):
        """Key the node anew, with a check of both tiers at each entry of the new ledger."""
        code = (await self.ask("node.rekey", actor="ann", reason="drill"))["code"]
        incarnation = len(self.worlds) + 1
        key = await self.claim(code, incarnation)
        before = await self.totals()
        if restarts:
            await self.restart()
        await self.ask("node.approve", key=key, actor="bob")
        assert await self.totals() == before, "approval alone moves nothing"
        if restarts:
            await self.restart()
        world = self.next_box()
        while self.pull(world, 1):
            self.send(world)
            await self.work()
            assert await self.totals() == before, "at each entry that the box adopts"
        assert self.centre.book.live(NODE) is self.centre.book.of(NODE, incarnation)
        assert [s.ledger for s in self.centre.book.incarnations(NODE)] == [world.ledger]
        assert world.exposure().mandate == self.core(world), "from the first entry"
        assert world.state.rules.policy is not None
        await self.grant(world)
        return world

    async def grant(self, world):
        await self.centre.tell(NODE, paper.grants(world.figures, START), "person:ann")
        self.pull(world, 100)

    def pull(self, world, limit):
        down = self.centre.downs[NODE].store
        page = down.read(self.seen, limit)
        for sealed in page:
            self.seen = sealed.entry.seq
            world.observe(CentreSaid(wire_entry.data_of(down.ledger, sealed)))
        return page

    def send(self, world):
        run = seal_run(Tip(world.ledger), [r.entry for r in world.recorded])
        assert self.centre.project(world.ledger, tuple(run)) == {}

    async def work(self):
        with self.centre.contacts.asks(NODE):
            await core_hedge.hedge(self.centre, lambda _, __: self.price)

    async def live(self, world, slices):
        for _ in range(slices):
            world.now += SLICE
            self.clock.now = world.now
            world.publish("a", 150_000, lots=0)
            self.pull(world, 1_000)
            world.observe(Tick())
            self.send(world)
            await self.work()

    async def totals(self):
        book = self.centre.book
        exposure = [
            {k: v for k, v in row.items() if k not in {"incarnation", "mandate_quantity"}}
            | {"net_min": None, "net_max": None}  # quotes that were open ended
            for row in book.exposure()
        ]
        return book.positions(), book.pnl(MARK), exposure

    def core(self, world):
        return self.centre.registry.core_of(world.ledger, WETH).lots


@asynccontextmanager
async def rig_in(data):
    rig = Rig(data)
    async with rig.stack:
        await rig.start()
        yield rig
        await rig.stack.aclose()


def overlay(world, name, lots):
    """Let the overlay hold signed lots more."""
    world.publish("a", 150_000)
    side, price = ("buy", 150_100) if lots > 0 else ("sell", 149_900)
    order = hedge(world, name, side=side, lots=abs(lots), price=price)
    fill(world, order, abs(lots), price=150_000, fee=700, exec_id=name)


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("overlay_lots", [60, -60])
async def test_two_re_keys_carry_every_book_and_both_tiers_agree(
    tmp_path, sign, overlay_lots, restarts
):
    async with rig_in(tmp_path / "centre") as rig:
        world = await rig.begin()
        await rig.live(world, 1)
        for number, lots in enumerate((400, -150, 300)):
            trade(world, f"C{number}", sign * lots)
            await rig.live(world, 2)
            overlay(world, f"H{number}", overlay_lots)
            await rig.live(world, 12)
            assert rig.core(world) * sign > 0
            if number < 2:
                world = await rig.rekey(restarts)
        await rig.live(world, 12)
        seen = world.exposure()
        assert abs(seen.mandate - rig.core(world)) <= 100, "at most one slice apart"
        assert abs(held(world) + rig.core(world)) <= BAND + abs(seen.overlay_agreed)
        assert seen.agreed == sum((-400, 150, -300)) * sign
        assert seen.overlay_agreed == 3 * overlay_lots
        before, digests = await rig.totals(), rig.centre.book.digest()
        await rig.restart()
        assert (await rig.totals(), rig.centre.book.digest()) == (before, digests)
        assert rig.centre.registry.progress_of(world.ledger, WETH).core_lots == rig.core(world)


async def ready(rig):
    world = await rig.begin()
    await rig.live(world, 1)
    trade(world, "C1", 400)
    await rig.live(world, 8)
    return world


async def test_the_older_ledger_is_final_once_it_is_keyed_anew(tmp_path):
    async with rig_in(tmp_path / "centre") as rig:
        world = await ready(rig)
        standing = rig.opened.server._standing
        assert standing(world.ledger)[0] is Standing.CURRENT
        code = (await rig.ask("node.rekey", actor="ann"))["code"]
        assert standing(world.ledger)[0] is Standing.SUPERSEDED
        await rig.restart()
        assert standing(world.ledger)[0] is Standing.SUPERSEDED
        key = await rig.claim(code, 2)
        assert rig.opened.server._standing(LedgerId(NODE, "main", 2))[0] is Standing.PENDING
        await rig.ask("node.approve", key=key, actor="bob")
        assert rig.opened.server._standing(LedgerId(NODE, "main", 2))[0] is Standing.CURRENT
        assert rig.opened.server._standing(world.ledger)[0] is Standing.SUPERSEDED


async def test_two_persons_one_new_key_and_the_next_ledger_alone(tmp_path):
    async with rig_in(tmp_path / "centre") as rig:
        await ready(rig)
        code = (await rig.ask("node.rekey", actor="ann"))["code"]
        for incarnation, key, refusal in (
            (1, None, "EN307"), (3, None, "EN307"), (2, rig.keys[0], "EN405"),
        ):  # fmt: skip
            with pytest.raises(RefusedError) as told:
                await rig.claim(code, incarnation, key)
            assert told.value.code == refusal
        key = await rig.claim(code, 2)
        with pytest.raises(RefusedError, match="keyed anew: this code would be for") as told:
            await rig.ask("node.enroll", node_id=NODE, actor="carl")
        assert (told.value.code, told.value.do) == (
            "EN307", f"edgecentral node rekey {NODE} makes its code",
        )  # fmt: skip
        with pytest.raises(RefusedError, match="has claimed edge-07 already") as told:
            await rig.claim(code, 2, rig.keys[-1])  # the box says its code again
        assert told.value.code == "EN502"
        assert f"edgecentral node approve {NODE}" in told.value.do
        assert f"edgecentral node rekey {NODE} makes a new code" in told.value.do
        with pytest.raises(RefusedError, match="not valid for this node") as told:
            await rig.claim("nonsense", 2)
        assert told.value.do == f"edgecentral node rekey {NODE} makes a new one"
        with pytest.raises(RefusedError, match="ann") as told:
            await rig.ask("node.approve", key=key, actor="ann")
        assert told.value.code == "EN503"
        with pytest.raises(RefusedError, match="keyed anew"):
            await rig.ask("tell", facts=[], actor="ann")
        assert rig.centre.registry.carried == {}
        await rig.ask("node.approve", key=key, actor="bob")
        assert rig.centre.registry.nodes[NODE].rekeyed is None
        with pytest.raises(RefusedError) as told:
            await rig.ask("tell", facts=[{"fact": "CarriedIn"}], actor="ann")
        assert told.value.code == "EN002", "no single person carries anything in"


async def test_what_is_undecided_is_named_or_recorded(tmp_path):
    async with rig_in(tmp_path / "centre") as rig:
        world = await ready(rig)
        world.publish("a", 150_000)
        order = hedge(world, "H1", lots=10, price=150_100)
        rig.send(world)
        with pytest.raises(RefusedError, match=order.order_id) as told:
            await rig.ask("node.rekey", actor="ann")
        assert (told.value.code, "--as-booked" in told.value.do) == ("EN408", True)
        begun = await rig.ask("node.rekey", actor="ann", as_booked=True)
        assert [item.split()[1] for item in begun["open_items"]] == [order.order_id]
        with pytest.raises(RefusedError, match=order.order_id) as told:
            await rig.ask("node.rekey", actor="ann")
        assert "is final: --as-booked carries" in told.value.do, "no box can sync it any more"
        assert "let the box sync" not in told.value.do
        assert rig.centre.registry.nodes[NODE].rekeyed.open_items == tuple(begun["open_items"])


async def test_a_revoked_node_or_one_without_books_is_not_keyed_anew(tmp_path):
    async with rig_in(tmp_path / "centre") as rig:
        with pytest.raises(RefusedError) as told:
            await rig.ask("node.rekey", actor="ann")
        assert told.value.code == "EN006"
        await rig.ask("node.enroll", actor="ann")
        with pytest.raises(RefusedError, match="no entry") as told:
            await rig.ask("node.rekey", actor="ann")
        await ready(rig)
        await rig.ask("node.revoke", reason="stolen")
        with pytest.raises(RefusedError, match="revoked") as told:
            await rig.ask("node.rekey", actor="ann")
        assert told.value.code == "EN307"


@pytest.mark.parametrize("cut", ["tell", "BooksCarried", "NodeApproved"])
async def test_an_approval_that_was_cut_off_anywhere_is_finished_by_the_next(
    tmp_path, monkeypatch, cut
):
    async with rig_in(tmp_path / "centre") as rig:
        world = await ready(rig)
        before = await rig.totals()
        code = (await rig.ask("node.rekey", actor="ann"))["code"]
        key = await rig.claim(code, 2)
        centre = rig.centre
        record, tell = centre.record, centre.tell

        async def cut_record(fact, actor, **more):
            if type(fact).__name__ == cut:
                raise OSError(cut)
            await record(fact, actor, **more)

        async def cut_tell(node, facts, actor, **more):
            await tell(node, facts[: 5 if cut == "tell" else None], actor, **more)
            if cut == "tell":
                raise OSError(cut)

        monkeypatch.setattr(centre, "record", cut_record)
        monkeypatch.setattr(centre, "tell", cut_tell)
        with pytest.raises(OSError, match=cut):
            await rig.ask("node.approve", key=key, actor="bob")
        await rig.restart()
        assert await rig.totals() == before
        await rig.ask("node.approve", key=key, actor="bob")
        box = rig.next_box()
        rig.pull(box, 1_000)
        rig.send(box)
        assert await rig.totals() == before
        assert box.exposure().mandate == rig.core(box)
        assert box.state.positions.canonical() == world.state.positions.canonical()


async def test_a_box_that_never_came_is_keyed_anew_from_the_same_books(tmp_path):
    async with rig_in(tmp_path / "centre") as rig:
        await ready(rig)
        before = await rig.totals()
        for incarnation in (2, 3):
            begun = await rig.ask("node.rekey", actor="ann")
            assert (begun["from_ledger"], begun["ledger"]) == (
                f"{NODE}/1",
                f"{NODE}/{incarnation}",
            )
            key = await rig.claim(begun["code"], incarnation)
            await rig.ask("node.approve", key=key, actor="bob")
            lost = rig.next_box()
            if incarnation == 2:  # it adopts half of its books, and is lost
                rig.pull(lost, 8)
                rig.send(lost)
            await rig.work()
            assert await rig.totals() == before
        rig.pull(lost, 1_000)
        rig.send(lost)
        assert await rig.totals() == before
        assert lost.exposure().mandate == rig.core(lost) != 0
        await rig.restart()
        assert await rig.totals() == before


async def test_a_re_key_that_is_pending_is_the_same_one_until_it_is_approved(tmp_path):
    async with rig_in(tmp_path / "centre") as rig:
        await ready(rig)

        async def begun(actor):
            answer = await rig.ask("node.rekey", actor=actor)
            return answer["ledger"], answer["note"], answer["code"]

        note = "begun before by person:{}; of its codes the newest opens it".format
        ledger, said, first = await begun("ann")
        assert (ledger, said) == (f"{NODE}/2", None)
        assert (await begun("ann"))[:2] == (f"{NODE}/2", note("ann"))
        await rig.restart()
        ledger, said, code = await begun("carl")
        assert (ledger, said) == (f"{NODE}/2", note("ann"))
        with pytest.raises(RefusedError, match="not valid for this node"):
            await rig.claim(first, 2)
        await rig.claim(code, 2)  # and this box is lost
        ledger, said, code = await begun("ann")
        assert (ledger, said) == (f"{NODE}/2", note("carl"))
        key = await rig.claim(code, 2)
        await rig.ask("node.approve", key=key, actor="bob")
        assert (await begun("ann"))[:2] == (f"{NODE}/3", None), "its books were carried into 2"


async def test_core_that_is_not_at_rest_waits(tmp_path):
    async with rig_in(tmp_path / "centre") as rig:
        await ready(rig)
        code = (await rig.ask("node.rekey", actor="ann"))["code"]
        key = await rig.claim(code, 2)
        sent = CoreOrderSent(
            at_ns=START, order_id="X", node=NODE, incarnation=1, instrument=WETH, side="sell",
            quantity_lots=10, mandate_version=4, worst_before=0, worst_after=0, bound=0,
        )  # fmt: skip
        await rig.centre.record(sent, "rule:core")
        with pytest.raises(RefusedError, match="core order") as told:
            await rig.ask("node.approve", key=key, actor="bob")
        assert told.value.code == "EN307"
        await rig.work()  # its execution
        await rig.ask("node.approve", key=key, actor="bob")
        box = rig.next_box()
        rig.pull(box, 1_000)
        assert box.exposure().mandate == rig.core(box)
        assert digest(box.state).size == box.state.size


async def test_entries_that_came_after_the_decision_are_decided_on_anew(tmp_path):
    async with rig_in(tmp_path / "centre") as rig:
        world = await ready(rig)
        code = (await rig.ask("node.rekey", actor="ann"))["code"]
        key = await rig.claim(code, 2)
        trade(world, "C2", 50)  # a push that was under way
        rig.send(world)
        before = await rig.totals()
        with pytest.raises(RefusedError, match="after the decision") as told:
            await rig.ask("node.approve", key=key, actor="bob")
        assert told.value.code == "EN307"
        begun = await rig.ask("node.rekey", actor="ann")
        assert (begun["from_size"], begun["ledger"]) == (world.state.size, f"{NODE}/2")
        await rig.ask("node.approve", key=key, actor="bob")
        box = rig.next_box()
        rig.pull(box, 1_000)
        rig.send(box)
        assert await rig.totals() == before


@given(st.integers(0, 3), st.booleans(), st.booleans(), st.integers(1, 3))
def test_a_ledger_with_stored_entries_is_claimed_by_their_key_alone(held, same, approved, due):
    record = NodeRecord(NODE, incarnation=due, ledger_key=b"one", approved=approved)
    key = b"one" if same else b"two"
    claimed = NodeClaimed(at_ns=1, node=NODE, incarnation=due, ledger_key=key, key_name="")
    if same or not held:
        rekeying.check_claim(record, claimed, held)
        return
    with pytest.raises(RefusedError) as told:
        rekeying.check_claim(record, claimed, held)
    assert told.value.code == "EN307"
    assert "edgecentral node rekey" in told.value.do


async def test_a_box_set_up_anew_does_not_take_the_place_of_a_node_with_entries(
    tmp_path, monkeypatch
):
    async with rig_in(tmp_path / "centre") as rig:
        world = await ready(rig)
        code = (await rig.ask("node.enroll", actor="ann"))["code"]

        async def held(ledger):
            edge = Frontier()
            edge.extend([bytes(32)] * world.state.size)
            return HeldLedger(ledger, frontier=edge)

        monkeypatch.setattr(rig.opened.mirrors, "held", held)
        before = rig.centre.registry.nodes[NODE].ledger_key
        with pytest.raises(RefusedError, match=f"has {world.state.size} entries"):
            await rig.claim(code, 1)
        assert rig.centre.registry.nodes[NODE].ledger_key == before
        await rig.claim(code, 1, rig.keys[0])


async def test_books_of_which_one_did_not_apply_leave_the_older_ledger_counting(
    tmp_path, monkeypatch
):
    async with rig_in(tmp_path / "centre") as rig:
        older = await ready(rig)
        before, right = await rig.totals(), books.facts

        def wrong(*args):
            told = right(*args)
            number = next(n for n, fact in enumerate(told) if isinstance(fact, CarriedIn))
            told[number] = replace(told[number], from_ledger=f"{NODE}/9")
            return told

        with monkeypatch.context() as patched:
            patched.setattr(books, "facts", wrong)
            begun = await rig.ask("node.rekey", actor="ann")
            key = await rig.claim(begun["code"], 2)
            await rig.ask("node.approve", key=key, actor="bob")
        box = rig.next_box()
        rig.pull(box, 1_000)
        rig.send(box)
        assert await rig.totals() == before
        assert [s.ledger for s in rig.centre.book.incarnations(NODE)] == [older.ledger]
        assert rig.centre.book.live(NODE) is None, "core trades nothing for it"
        assert box.state.rules.policy is None, "it denies every order"
        for state in (box.state, rig.centre.book.states[NODE]):
            assert any(id_.startswith("not_applied:") for id_ in state.breaks.open)
        await rig.restart()
        assert await rig.totals() == before
        await rig.rekey(restarts=False)
        assert await rig.totals() == before
