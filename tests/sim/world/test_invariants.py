"""Each invariant bites: the product is broken on purpose, and the worlds find it by its name."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from edgenode.adapters.venues.messages import Reader
from edgenode.central import core_hedge
from edgenode.central.book import folded as central_folded
from edgenode.central.sync.quarantine import Quarantine
from edgenode.central.sync.server import SyncServer
from edgenode.core import node
from edgenode.core.observations import CentreSaid, OrderAsked
from edgenode.core.restrictions import clock
from edgenode.core.seen import NO_PAST
from edgenode.core.state.exposure import Exposure
from edgenode.core.state.grants import Account, Grants
from edgenode.core.state.programmes import Programme
from edgenode.core.state.wallet import Wallet
from edgenode.core.sync import receive
from edgenode.core.sync.receive import HeldLedger, Taken
from edgenode.core.sync.session import SyncSession
from edgenode.core.sync.table import AHEAD, LOST
from edgenode.daemon.orders.desk import OrderDesk
from edgenode.daemon.paper import WETH_USDC
from edgenode.model.errors import RefusedError
from edgenode.model.hlc import Hlc
from edgenode.model.orders import SIDES, OrderState
from edgenode.services import recorder as recorder_module
from edgenode.services.executor import Executor
from edgenode.services.inquiry import Inquiry
from edgenode.services.recorder import Recorder
from edgenode.sim.world import box, entry_invariants, explained, faults, population, watch
from edgenode.sim.world.forks import Forks
from edgenode.sim.world.hedge_invariants import HedgeInvariants
from edgenode.sim.world.mirrors import SimMirrors
from edgenode.sim.world.plan import SCENARIOS, Fault, Scenario
from edgenode.sim.world.rest_invariants import RestInvariants
from edgenode.sim.world.sync_invariants import SyncInvariants
from edgenode.sim.world.world import live
from edgenode.wire import checkpoint
from edgenode.wire.message import PushAck
from tests.sim.world.mutations import SEEDS, found_in


def test_a_slice_that_nobody_took_is_dropped(monkeypatch):
    real = Programme.moved

    def drops(self, order_id, *, done, open_lots):
        real(self, order_id, done=done, open_lots=open_lots)
        if not done and not open_lots:  # it ended unfilled
            self.carried = 0

    monkeypatch.setattr(Programme, "moved", drops)
    assert found_in("venues") == "lots_lost"


def test_an_answer_before_its_entry_is_durable(monkeypatch):
    async def step(self, observation):
        _, recorded = await self._recorder.take(observation)
        return recorded

    monkeypatch.setattr(OrderDesk, "step", step)
    assert found_in("links") == "told_before_durable"


def test_an_order_sent_before_it_is_durable(monkeypatch):
    early = []
    tell, take = Recorder.tell, Recorder.take

    def telling(self, effect):
        if isinstance(getattr(effect, "__self__", None), Executor):
            early.append((self, effect))
        else:
            tell(self, effect)

    async def taking(self, observation):
        done = await take(self, observation)
        for recorder, effect in early:
            if recorder is self:
                for recorded in done[1]:
                    effect(recorded)
        return done

    monkeypatch.setattr(Recorder, "tell", telling)
    monkeypatch.setattr(Recorder, "take", taking)
    slow = replace(SCENARIOS["disks"], faults=(0, 0))
    plan = [Fault("slow_disk", 10.0, 60.0, target, 500.0) for target in (0, 1)]
    assert found_in(slow, faults=plan) == "sent_before_durable"


SLOW_STOPS = [
    Fault("slow_link", 10.0, 50.0, 0, 40.0), *(Fault("stop", at) for at in (25.0, 35.0, 45.0)),
]  # fmt: skip
STOPPING = replace(SCENARIOS["stops"], boxes=1, lasts_s=60.0)


def test_a_stopping_box_that_records_on(monkeypatch):
    """Its link is slow, so it waits for the last cosignature; meanwhile customers go on asking."""
    assert found_in(STOPPING, seeds=2, faults=SLOW_STOPS) is None
    monkeypatch.setattr(Recorder, "end", Recorder.observe)
    assert found_in(STOPPING, faults=SLOW_STOPS) == "written_after_end"


def test_a_stopping_box_that_adopts_on(monkeypatch):
    """It takes in what its centre says behind the digest of the stop, and nothing else."""
    take = Recorder.take

    async def taking(self, observation):
        if not isinstance(observation, CentreSaid):
            return await take(self, observation)
        closed, self._closed = self._closed, None
        try:
            return await take(self, observation)
        finally:
            self._closed = closed or self._closed

    async def stopped_and_told(world, box, _):
        box.stop.set()
        policy = box.live.recorder.state.rules.policy
        for version in range(policy.version + 1, policy.version + 6):
            again = replace(policy, version=version)
            await world.centre.opened.centre.tell(box.node, [again], "person:sim")
            await asyncio.sleep(0.5)

    monkeypatch.setitem(faults.KINDS, "stop", stopped_and_told)
    assert found_in(STOPPING, faults=SLOW_STOPS) is None
    monkeypatch.setattr(Recorder, "take", taking)
    assert found_in(STOPPING, faults=SLOW_STOPS) == "written_after_end"


def test_more_spent_than_granted(monkeypatch):
    monkeypatch.setattr(Account, "room", lambda *_, **__: 10**18)
    monkeypatch.setattr(population, "FIGURES", replace(population.FIGURES, cash_limit=1))
    assert found_in("links") == "overdrawn_by_us"
    monkeypatch.setattr(Grants, "_grew", lambda *_: None)  # a box that does not notice it either
    assert found_in("links") == "grant_exceeded"


def test_a_position_that_grows_beyond_its_grants(monkeypatch):
    limit = Grants.position_limit

    def limits(box, name):
        grants, now_ns = box.live.recorder.state.grants, box.clock.now_ns()
        return {side: limit(grants, name, side, now_ns, reducing=True) for side in SIDES}

    for module in (watch, entry_invariants):
        monkeypatch.setattr(module, "limits", limits)
    monkeypatch.setattr(Grants, "position_limit", lambda *_, **__: 10**9)
    monkeypatch.setattr(population, "FIGURES", replace(population.FIGURES, position_lots=1))
    assert found_in("links") == "grant_exceeded"


def test_a_fill_booked_again_when_the_venue_repeats_it(monkeypatch):
    monkeypatch.setattr(recorder_module, "past_of", lambda *_: NO_PAST)
    monkeypatch.setattr(node, "ENDED_ORDERS_KEPT", 0)
    kills = [Fault("kill", at, 0.1, box) for at in (40.0, 60.0) for box in (0, 1)]
    assert found_in("links", faults=kills) == "fill_counted_twice"


def test_stamps_that_follow_a_clock_back(monkeypatch):
    monkeypatch.setattr(Hlc, "stamp", lambda _, now_ns: now_ns // 10**6 << 16)
    assert found_in("clocks") == "clock_went_back"


def test_a_clock_that_was_set_right_and_is_not_believed(monkeypatch):
    monkeypatch.setattr(clock, "due", lambda *_: [])
    ahead = [Fault("clock", 30.0, 0.0, 0, 90 * 86_400.0)]
    assert found_in("clocks", faults=ahead) == "clock_stuck"


def test_two_tiers_that_hedge_the_same_risk(monkeypatch):
    monkeypatch.setattr(Exposure, "target", property(lambda self: -self.agreed))
    busy = replace(SCENARIOS["links"], orders_per_s=2.0, lasts_s=240.0)
    assert found_in(busy, faults=[]) == "double_hedge"


def test_a_core_that_forgets_what_it_traded(monkeypatch):
    work = core_hedge.core.work

    def works(settings, progress, exposure, version):
        forgotten = replace(progress, worked_version=0, core_lots=0)
        return work(settings, forgotten, exposure, version)

    monkeypatch.setattr(core_hedge.core, "work", works)
    busy = replace(SCENARIOS["links"], orders_per_s=2.0, lasts_s=240.0)
    assert found_in(busy, faults=[]) == "double_hedge"


def test_two_tiers_that_hedge_the_same_risk_while_the_centre_is_down(monkeypatch):
    monkeypatch.setattr(Exposure, "target", property(lambda self: -self.agreed))
    busy = replace(SCENARIOS["links"], orders_per_s=2.0, lasts_s=240.0)
    seen = []
    submitted = HedgeInvariants.submitted

    def only_while_down(self, *args):
        if self.centre.opened is None:
            seen.append(args)
            submitted(self, *args)

    monkeypatch.setattr(HedgeInvariants, "submitted", only_while_down)
    monkeypatch.setattr(HedgeInvariants, "core_traded", lambda *_: None)
    down = [Fault("centre_kill", 120.0, 200.0)]
    assert found_in(busy, faults=down) == "double_hedge"
    assert seen


def _blind_to_forks(monkeypatch):
    judge = SyncSession.judge

    def judging(self, *args, **kwargs):
        return replace(judge(self, *args, **kwargs), verdict=AHEAD)

    monkeypatch.setattr(SyncSession, "judge", judging)


def test_a_fork_that_the_table_does_not_see(monkeypatch):
    """Neither the boxes' nor the centre's: the box that diverged goes on."""

    async def blind(*_):
        return

    _blind_to_forks(monkeypatch)
    monkeypatch.setattr(box, "FOR_GOOD", frozenset())  # nor does a refusal end it
    monkeypatch.setattr(Quarantine, "begin", blind)
    monkeypatch.setattr(Forks, "exchanged", lambda *_: None)
    assert found_in("copies", faults=[Fault("clone", 20.0)]) == "fork_not_found"


def test_a_centre_that_takes_another_history_in(monkeypatch):
    _blind_to_forks(monkeypatch)

    def take(frame, held, vkey, **_):
        said = checkpoint.verify(frame.note, vkey)
        sealed = receive._chained(frame, HeldLedger(held.ledger))
        fresh = tuple(one for one in sealed if one.entry.seq > held.size)
        head = receive.Head(said.size, said.root, frame.note)
        return Taken(fresh, held.grown(fresh, head), said.size)

    monkeypatch.setattr(receive, "take", take)
    assert found_in("copies", faults=[Fault("clone", 20.0)]) == "merged_silently"


def test_a_cosignature_before_the_entries_are_stored(monkeypatch):
    push = SyncServer._push

    async def pushing(self, sender, vkey, pushed):
        held = await self._hold(sender)
        taken = receive.take(pushed, held, vkey)
        note = checkpoint.cosign(taken.after.head.note, self._cosigner, self._now() // 10**9)

        async def later():
            await asyncio.sleep(5.0)
            await push(self, sender, vkey, pushed)

        self.late = [*getattr(self, "late", []), asyncio.ensure_future(later())]  # noqa: TID251
        return PushAck(ledger=sender, note=note)

    monkeypatch.setattr(SyncServer, "_push", pushing)
    kills = [Fault("centre_kill", at) for at in (20.0, 40.0, 60.0)]
    assert found_in("links", faults=kills) == "cosigned_lost"


def test_a_cosignature_before_the_entries_are_stored_after_an_image_was_put_back(monkeypatch):
    """What the image held is not excused by its having been put back."""
    push, put_back = SyncServer._push, SyncInvariants.centre_put_back
    restored = []

    def putting_back(self, image):
        restored.append(image)
        put_back(self, image)

    async def pushing(self, sender, vkey, pushed):
        if not restored:
            return await push(self, sender, vkey, pushed)
        held = await self._hold(sender)
        taken = receive.take(pushed, held, vkey)
        note = checkpoint.cosign(taken.after.head.note, self._cosigner, self._now() // 10**9)
        return PushAck(ledger=sender, note=note)

    monkeypatch.setattr(SyncInvariants, "centre_put_back", putting_back)
    monkeypatch.setattr(SyncServer, "_push", pushing)
    assert found_in("links", faults=[Fault("centre_restore", 20.0, 10.0)]) == "cosigned_lost"


def test_an_error_that_nobody_expects(monkeypatch):
    decide = recorder_module.step

    def step(state, seen, observation, **kwargs):
        if isinstance(observation, OrderAsked) and state.size > 100:
            raise KeyError("a bug")
        return decide(state, seen, observation, **kwargs)

    monkeypatch.setattr(recorder_module, "step", step)
    assert found_in("links") == "ended_strangely"


def test_an_order_that_nobody_asks_about(monkeypatch):
    async def ask(*_):
        return None

    monkeypatch.setattr(Inquiry, "run", ask)
    unheard = [Fault("venue", 20.0, 0.0, box, 4, "down") for box in (0, 1)]
    assert found_in("venues", faults=unheard) == "unknown_left"


def test_an_execution_that_is_not_booked(monkeypatch):
    heard = Reader._fill

    def fill(self, message):
        made = heard(self, message)
        return replace(made, quantity_lots=made.quantity_lots + 1)

    monkeypatch.setattr(Reader, "_fill", fill)
    worlds = (live(SCENARIOS["venues"], seed, []) for seed in range(SEEDS))
    found = {world.violation.name for world in worlds if world.violation is not None}
    assert "fill_lost" in found
    assert found <= {"fill_lost", "balance_wrong"}  # its money is not the venue's either


@pytest.mark.parametrize("wrong", ["currency", "scale"])
def test_a_fee_that_is_booked_in_another_currency_or_scale(monkeypatch, wrong):
    filled = Wallet.filled

    def booking(self, fact, instrument, times=1):
        if fact.fee_currency == "GAS":
            changed = {"fee_currency": "USDC"} if wrong == "currency" else {
                "fee_minor": fact.fee_minor // 10**12}  # fmt: skip
            fact = replace(fact, **changed)
        filled(self, fact, instrument, times)

    monkeypatch.setattr(Wallet, "filled", booking)
    assert found_in("currencies") == "balance_wrong"


REUSED = [Fault("venue", at, 0.0, 0, 1, "reused_exec_id") for at in (15.0, 25.0, 35.0)]
ONE_BOX = replace(SCENARIOS["venues"], boxes=1, orders_per_s=2.0)


def test_what_a_venue_contradicted_itself_about_is_known_to_lie_between_its_versions():
    """The truth is not booked, the order stays UNKNOWN, and neither is held against the box."""
    seen = disputes(ONE_BOX, REUSED)
    assert seen.violations == [None] * len(seen.violations)
    assert any(low < high for low, high in seen.spans)
    assert seen.unknown > 0, "an exemption that is never used shows nothing"


def test_an_execution_that_is_not_booked_beside_one_that_is_disputed(monkeypatch):
    heard = Reader._fill

    def fill(self, message):
        made = heard(self, message)
        return replace(made, quantity_lots=made.quantity_lots * 5)

    monkeypatch.setattr(Reader, "_fill", fill)
    seen = disputes(ONE_BOX, REUSED)
    assert any(low < high for low, high in seen.spans)
    assert any(found and found.name == "fill_lost" for found in seen.violations)


def test_an_order_that_nobody_asks_about_beside_one_that_is_disputed(monkeypatch):
    about = Inquiry.about

    def asked_about(self, order_id):
        if asyncio.get_running_loop().time() < 100.0:
            about(self, order_id)

    monkeypatch.setattr(Inquiry, "about", asked_about)
    unheard = [Fault("venue", at, 0.0, 0, 4, "down") for at in (100.0, 110.0)]
    seen = disputes(replace(ONE_BOX, lasts_s=150.0), [*REUSED, *unheard])
    assert any(low < high for low, high in seen.spans)
    assert any(found and found.name == "unknown_left" for found in seen.violations)


def disputes(scenario, plan):
    """Live a few worlds; give their violations, and what was disputed where they came to rest."""
    seen = SimpleNamespace(violations=[], spans=[], unknown=0)
    at_rest = RestInvariants.at_rest

    def looking(self, box, venues):
        state = box.live.recorder.state
        names = [exchange.engine.name.partition("/")[0] for exchange in venues]
        seen.spans += [explained.span(state, name, WETH_USDC) for name in names]
        left = [o for o in state.orders.at_venues() if o.state is OrderState.UNKNOWN]
        seen.unknown += len(left)
        at_rest(self, box, venues)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(RestInvariants, "at_rest", looking)
        for seed in range(4):
            seen.violations.append(live(scenario, seed, plan).violation)
    return seen


def test_a_centre_that_folds_otherwise(monkeypatch):
    evolve = central_folded.spine.evolve

    class Spine:
        @staticmethod
        def evolve(state, entry, fact):
            if entry.kind == "OrderDenied":
                state.size = entry.seq
                return
            evolve(state, entry, fact)

    monkeypatch.setattr(central_folded, "spine", Spine)
    busy = Scenario("links", (), orders_per_s=2.0, faults=(0, 0))
    monkeypatch.setattr(population, "FIGURES", replace(population.FIGURES, order_notional_max=10))
    assert found_in(busy, faults=[]) == "books_differ"


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_nothing_is_found_where_nothing_is_broken(name):
    assert found_in(name, seeds=2) is None


def test_a_commit_that_was_done_and_looked_failed_stops_no_node(monkeypatch):
    store, failed = SimMirrors.store, []

    async def storing(self, before, taken, cosigned=""):
        await store(self, before, taken, cosigned)
        if cosigned and taken.after.size > 20 and before.ledger not in failed:
            failed.append(before.ledger)
            raise RefusedError("the answer to COMMIT was lost", code="EN404")

    monkeypatch.setattr(SimMirrors, "store", storing)
    assert found_in("links", faults=[]) is None
    assert failed


def test_a_box_that_says_lost_where_both_sides_lost_it_is_right():
    """The box's disk forgets while the centre is down, which comes back from an older image."""
    plan = [Fault("centre_restore", 38.4, 23.3), Fault("lies", 46.7, 15.2)]
    one_box = replace(SCENARIOS["links"], boxes=1, lasts_s=70.0)
    outcomes = [live(one_box, seed, plan) for seed in range(3)]
    assert [outcome.violation for outcome in outcomes] == [None] * 3
    assert any("code=EN304" in line for outcome in outcomes for line in outcome.lines)


def test_a_box_that_says_lost_where_the_centre_holds_it(monkeypatch):
    judge = SyncSession.judge

    def judging(self, *args, **kwargs):
        return replace(judge(self, *args, **kwargs), verdict=LOST)

    monkeypatch.setattr(SyncSession, "judge", judging)
    assert found_in("links", faults=[]) == "ended_strangely"
