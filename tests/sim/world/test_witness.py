"""Whoever looks on sees the whole course, and changes nothing."""

from dataclasses import replace

from edgenode.sim.world.plan import SCENARIOS
from edgenode.sim.world.world import LOOK_S, live

SHORT = replace(SCENARIOS["links"], boxes=1, lasts_s=20.0)


class Looking:
    """Notes when it looked, and how the world ended."""

    def __init__(self):
        self.at_s, self.ends = [], []

    def looked(self, world):
        self.at_s.append(world.loop.passed_s)

    def ended(self, world):
        self.ends.append([box.live is not None for box in world.boxes])


def test_a_world_that_is_looked_at_lives_as_it_does_alone():
    looking = Looking()
    seen = live(SHORT, 3, [], witness=looking)
    assert seen.digest == live(SHORT, 3, []).digest
    assert looking.ends == [[True]], "once, before anything is stopped"
    assert len(looking.at_s) >= SHORT.lasts_s / LOOK_S
