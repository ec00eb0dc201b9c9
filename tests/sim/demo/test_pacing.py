"""Market time waits for who is behind, and notes whom it waited for."""

import asyncio

import pytest

from edgenode.adapters import lockstep
from edgenode.adapters.lockstep import LockstepFile
from edgenode.model.errors import UnreachableError
from edgenode.sim.demo import pacing
from edgenode.sim.demo.arms import LIVE
from edgenode.sim.demo.pacing import AHEAD_S, Pacer
from edgenode.sim.demo.world import BEGINS, Places
from edgenode.sim.recorded import SECOND_NS

SPEED = 10
STEP_NS = 50_000_000  # of the wall between two looks: half a market second


class World:
    """A pacer between whose looks the wall clock is moved by hand."""

    def __init__(self, data, monkeypatch):
        self.places = Places(data=data, speed=SPEED, seed=1)
        self.file = LockstepFile.create(self.places.lockstep, BEGINS)
        self.wall, self.asked = 10**12, {}
        monkeypatch.setattr(lockstep, "_boot_ns", lambda: self.wall)
        monkeypatch.setattr(pacing, "BootClock", lambda: self)
        monkeypatch.setattr(pacing, "LOOK_S", STEP_NS / SECOND_NS)
        monkeypatch.setattr(pacing.asyncio, "sleep", self.sleep)
        self.pacer = Pacer(self.places, self.asked)
        self.looks, self.left, self.works = [], 0, lambda: None

    def now_ns(self):
        return self.wall

    async def sleep(self, _):
        if not self.left:
            raise asyncio.CancelledError
        self.left -= 1
        self.wall += STEP_NS
        self.looks.append((self.pacer.clock.now_ns() - BEGINS) / SECOND_NS)
        self.works()

    async def run(self, looks):
        """Let the pacer look so many times."""
        self.left = looks
        with pytest.raises(asyncio.CancelledError):
            await self.pacer.run()

    def take(self, *names):
        now = self.pacer.clock.now_ns()
        for slot, name in enumerate(self.places.participants):
            if name in names:
                self.file.take(slot, now // SECOND_NS * SECOND_NS)


@pytest.fixture
def world(tmp_path, monkeypatch):
    return World(tmp_path, monkeypatch)


async def test_it_runs_at_its_speed_while_everybody_takes_each_second(world):
    world.works = lambda: world.take(*world.places.participants)
    await world.run(40)
    assert world.looks == [n / 2 for n in range(1, 41)]
    assert world.pacer.slowed.stood_s == 0


async def test_it_stands_still_for_who_is_behind_and_names_it(world):
    slow = LIVE[1].node_id
    others = [name for name in world.places.participants if name != slow]

    def works():
        world.take(*others)
        if len(world.looks) == 20:
            world.take(slow)

    world.works = works
    await world.run(40)
    assert max(world.looks[:20]) == AHEAD_S
    assert max(world.looks) == 2 * AHEAD_S, "it took the second at which time stood still"
    slowed = world.pacer.slowed
    assert set(slowed.by) == {slow}
    assert slowed.by[slow] == pytest.approx(slowed.stood_s)
    assert slowed.stood_s > 1


async def test_it_waits_for_a_customers_answer(world):
    world.works = lambda: world.take(*world.places.participants)
    world.asked["recorded-on-cut"] = BEGINS + 7 * SECOND_NS
    await world.run(60)
    assert max(world.looks) == 7 + AHEAD_S
    assert set(world.pacer.slowed.by) == {pacing.CUSTOMERS}


async def test_a_process_that_takes_nothing_for_minutes_ends_the_run(world, monkeypatch):
    monkeypatch.setattr(pacing, "STILL_S_MAX", 1.0)
    world.works = lambda: world.take("sandbox", *(arm.node_id for arm in LIVE))
    world.left = 100
    with pytest.raises(UnreachableError) as caught:
        await world.pacer.run()
    assert "centre took nothing" in caught.value.found


async def test_behind_the_hour_it_waits_for_nobody(world):
    await world.run(10)
    world.pacer.let_go()
    world.wall += 60 * SECOND_NS
    assert world.pacer.clock.now_ns() >= BEGINS + 60 * SPEED * SECOND_NS
    assert world.pacer.slowed.ran_s == pytest.approx(0.5)
