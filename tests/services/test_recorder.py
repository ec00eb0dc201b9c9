"""Effects follow commits: over a real ledger whose disk stands still while a test wants it."""

import asyncio
import sqlite3
from contextlib import contextmanager

import pytest

from edgenode.adapters.ledger import backlog
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core.node import fold, new_state
from edgenode.core.observations import (
    CentreAllows,
    DigestDue,
    EventDeclared,
    OrderAsked,
    PauseAsked,
    Started,
)
from edgenode.core.state.digest import digest
from edgenode.daemon.folder import folder
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.facts import OrderDenied, OrderGated
from edgenode.model.hlc import Hlc
from edgenode.services.recorder import Recorder, StoppingError
from tests.core.sync.parties import LEDGER, SIGNER
from tests.core.world import World, intent

ASKED = 100


class At:
    """A clock that stands."""

    def __init__(self, now_ns):
        self._now_ns = now_ns

    def now_ns(self):
        return self._now_ns


@contextmanager
def standing_still(path):
    """Hold the disk: no commit comes through before the block ends."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        db.execute("ROLLBACK")
        db.close()


STARTED = Started(boot_tag=1, version="test", mode="paper")


@pytest.fixture
async def node(tmp_path):
    """A funded node: (world, recorder, store, path); 60 orders a second are no limit here."""
    # 15,000 USDC of funds; an order of 9,000 is 60 % of it
    world = World(PaperWorld(funds_cash=15_000))
    world.policy(orders_per_s_max=10 * ASKED)
    path = tmp_path / "ledger.sqlite"
    ledger_store.create(path, LEDGER, {"mode": "paper"})
    store = OwnLedger(path, LEDGER, SIGNER)
    await store.append([r.entry for r in world.recorded])
    clock = At(world.now)
    recorder = Recorder(
        world.state, store, world.seen, wall=clock, market=clock, hlc=Hlc(world.hlc.last)
    )
    await recorder.begin(STARTED)
    yield world, recorder, store, path
    store.close()


async def test_until_the_first_step_of_a_start_nothing_else_is_written(tmp_path):
    """A copy that may be old must be recognised before it writes: orders that came early wait."""
    world = World(PaperWorld())
    path = tmp_path / "ledger.sqlite"
    ledger_store.create(path, LEDGER, {"mode": "paper"})
    store = OwnLedger(path, LEDGER, SIGNER)
    await store.append([r.entry for r in world.recorded])
    clock = At(world.now)
    recorder = Recorder(
        world.state, store, world.seen, wall=clock, market=clock, hlc=Hlc(world.hlc.last)
    )
    size = store.head.size
    async with asyncio.TaskGroup() as tasks:
        early = tasks.create_task(recorder.observe(big("early")))
        await asyncio.wait([early], timeout=0)
        assert (store.head.size, recorder.state.size) == (size, size)
        await recorder.begin(STARTED)
    kinds = [sealed.entry.kind for sealed in store.read(size, 10)]
    assert kinds[0] == "BootStarted"
    assert early.result()[0].entry.seq > size + 1
    store.close()


async def test_what_the_centre_allows_at_a_start_holds_for_an_order_that_came_early(tmp_path):
    """A node that was revoked while it was away does not trade in the moment of its start."""
    world = World(PaperWorld())
    path = tmp_path / "ledger.sqlite"
    ledger_store.create(path, LEDGER, {"mode": "paper"})
    store = OwnLedger(path, LEDGER, SIGNER)
    await store.append([r.entry for r in world.recorded])
    clock = At(world.now)
    recorder = Recorder(
        world.state, store, world.seen, wall=clock, market=clock, hlc=Hlc(world.hlc.last)
    )
    size = store.head.size
    async with asyncio.TaskGroup() as tasks:
        early = tasks.create_task(recorder.observe(big("early")))
        await asyncio.wait([early], timeout=0)
        await recorder.begin(STARTED, CentreAllows("halted", "ended"))
    kinds = [sealed.entry.kind for sealed in store.read(size, 10)]
    assert kinds[:2] == ["BootStarted", "RestrictionSet"]
    (denied,) = [one.fact for one in early.result()]
    assert isinstance(denied, OrderDenied)
    store.close()


def big(name):
    return OrderAsked(intent(name, lots=600, price=150_000), "customer:c1")


async def test_of_100_orders_each_60_percent_of_a_limit_one_is_accepted(node):
    """All are decided during one slow fsync; each sees what those before it have reserved."""
    world, recorder, store, path = node
    told = []
    recorder.tell(lambda recorded: told.append(recorded.fact))
    committed = store.head.size
    with standing_still(path):
        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(recorder.take(big(f"T{n}"))) for n in range(ASKED)]
        futures = [task.result()[0] for task in waiting]
        # everything is decided, nothing is durable, so nobody has been told anything
        assert not any(future.done() for future in futures)
        assert store.head.size == committed
        assert told == []
    for future in futures:
        await future
    await recorder.settled()
    assert sum(isinstance(fact, OrderGated) for fact in told) == 1
    denials = [fact for fact in told if isinstance(fact, OrderDenied)]
    assert len(denials) == ASKED - 1
    assert {reason.code for fact in denials for reason in fact.reasons} == {"EN113"}
    state = fold(new_state(LEDGER), folder.entries(store.read))
    assert digest(state) == digest(world.state)


async def test_who_stops_waiting_takes_no_effect_along(node):
    """A caller that is canceled leaves its step behind, and those who wait for the same one."""
    _, recorder, _, path = node
    told = []
    recorder.tell(told.append)
    with standing_still(path):
        callers = [asyncio.create_task(recorder.observe(big("T1")))]  # noqa: TID251  to cancel them
        await asyncio.sleep(0)
        callers.append(asyncio.create_task(recorder.settled()))  # noqa: TID251
        await asyncio.sleep(0)
        for caller in callers:
            caller.cancel()
        await asyncio.wait(callers)
        assert all(caller.cancelled() for caller in callers)
        assert told == []
    await recorder.settled()
    assert [type(recorded.fact) for recorded in told][:1] == [OrderGated]


async def test_effects_come_in_the_order_of_the_ledger(node):
    _, recorder, _, path = node
    seqs = []
    recorder.tell(lambda recorded: seqs.append(recorded.entry.seq))
    with standing_still(path):
        futures = [(await recorder.take(big(f"T{n}")))[0] for n in range(20)]
    for future in futures:
        await future
    await recorder.settled()
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert len(seqs) > 20


async def test_a_failed_commit_tells_nothing_and_ends_the_node(node):
    _, recorder, store, _ = node
    told = []
    recorder.tell(told.append)
    store._db.close()  # the disk is gone
    with pytest.raises(InvariantBrokenError) as caught:
        await recorder.observe(big("T1"))
    assert caught.value.code == "EN404"
    with pytest.raises(InvariantBrokenError):
        await recorder.observe(big("T2"))
    with pytest.raises(InvariantBrokenError):
        await recorder.guard()
    assert told == []
    store._db = store._reader


async def test_an_observation_that_decides_nothing_still_waits_for_what_it_tells(node):
    """The answer "this id was used" waits too: it may not run ahead of the commit."""
    _, recorder, _, path = node
    with standing_still(path):
        first, _ = await recorder.take(big("T1"))
        again, recorded = await recorder.take(big("T1"))
        assert recorded == []
        assert again is first
    await again


async def test_back_pressure_waits_before_anything_is_decided(node, monkeypatch):
    world, recorder, _, path = node
    monkeypatch.setattr(backlog, "BACKLOG_ENTRIES", 4)
    with standing_still(path):
        size = world.state.size
        waiting = []
        async with asyncio.TaskGroup() as tasks:
            for n in range(6):
                event = EventDeclared(event_id=f"e{n}", source="declared", name="n", starts=0,
                                      ends=1, actor="person:p")  # fmt: skip
                waiting.append(tasks.create_task(recorder.take(event)))
            for _ in range(20):
                await asyncio.sleep(0)
            assert world.state.size == size + 5  # the sixth is not even decided
            assert not waiting[-1].done()
            pause = PauseAsked(paused=True, hedges=False, reason="", actor="person:p")
            _, paused = await recorder.take(pause)  # what takes risk off does not wait
            assert paused
            waiting[-1].cancel()
    await recorder.settled()


async def test_behind_the_last_step_of_a_stop_nothing_is_recorded(node):
    """What is asked while the last step waits for the disk, or for room, is refused as well."""
    _, recorder, store, path = node
    async with asyncio.TaskGroup() as tasks:
        with standing_still(path):
            before = tasks.create_task(recorder.observe(big("before")))
            await asyncio.wait([before], timeout=0)
            ending = tasks.create_task(recorder.end(DigestDue()))
            await asyncio.wait([ending], timeout=0)
            size = recorder.state.size
            for late in (big("late"), PauseAsked(paused=True, hedges=True, reason="", actor="x")):
                with pytest.raises(StoppingError) as refused:
                    await recorder.observe(late)
                assert refused.value.code == "EN302"
            assert not ending.done()
        await before
        await ending
    assert (store.head.size, recorder.state.size) == (size, size)
    assert store.read(size - 1, 1)[0].entry.kind == "StateDigest"


async def test_what_waits_for_room_when_the_node_stops_is_refused(node, monkeypatch):
    _, recorder, store, _ = node
    room = asyncio.Event()
    usual = store.room

    async def waits(*, urgent):
        if not urgent:
            await room.wait()
        await usual(urgent=urgent)

    monkeypatch.setattr(store, "room", waits)
    async with asyncio.TaskGroup() as tasks:
        ending = tasks.create_task(recorder.end(DigestDue()))
        late = tasks.create_task(refused(recorder, big("late")))
        await asyncio.wait([ending, late], timeout=0)
        room.set()
        await ending
        await late
    assert store.read(store.head.size - 1, 1)[0].entry.kind == "StateDigest"


async def refused(recorder, observation):
    with pytest.raises(StoppingError):
        await recorder.observe(observation)
