import asyncio
import random
from itertools import pairwise

from edgenode.sim.world.clock import DRIFT_PPM, DRIFT_PPM_MAX, EPOCH_NS, SimClock, drawn
from edgenode.sim.world.loop import VirtualLoop

SECOND_NS, DAY_S = 10**9, 86_400


def pass_s(loop, seconds):
    loop.run_until_complete(asyncio.sleep(seconds))


def test_a_clock_gains_what_its_rate_says_and_keeps_it_when_the_rate_changes():
    loop = VirtualLoop(1)
    clock = SimClock(loop, 200)
    pass_s(loop, DAY_S)
    gained = clock.now_ns() - EPOCH_NS - loop.now_ns
    assert abs(gained - 17.28 * SECOND_NS) < SECOND_NS // 1000
    before = clock.now_ns()
    clock.drift_ppm = -200
    assert clock.now_ns() == before, "another rate is no step"
    pass_s(loop, 2 * DAY_S)
    assert abs(clock.now_ns() - EPOCH_NS - loop.now_ns + gained) < SECOND_NS // 1000
    loop.close()


def test_a_clock_that_loses_never_goes_back():
    loop = VirtualLoop(1)
    clock = SimClock(loop, -DRIFT_PPM_MAX)
    seen = []
    for _ in range(200):
        pass_s(loop, 1e-6)
        seen.append(clock.now_ns())
    assert all(one <= two for one, two in pairwise(seen))
    loop.close()


def test_clocks_are_drawn_each_with_its_own_rate_and_some_are_poor():
    loop, rng = VirtualLoop(1), random.Random(1)
    rates = [drawn(loop, rng).drift_ppm for _ in range(400)]
    assert len(set(rates)) > 50
    assert max(abs(rate) for rate in rates) <= DRIFT_PPM_MAX
    assert 20 < sum(abs(rate) > DRIFT_PPM for rate in rates) < 120
    loop.close()
