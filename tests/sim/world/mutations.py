"""Worlds of a product that was broken on purpose."""

from edgenode.sim.world.plan import SCENARIOS
from edgenode.sim.world.world import live

SEEDS = 8


def found_in(scenario, seeds=SEEDS, faults=None):
    """Return the name of the first violation in a few worlds."""
    if isinstance(scenario, str):
        scenario = SCENARIOS[scenario]
    for seed in range(seeds):
        outcome = live(scenario, seed, faults)
        if outcome.violation is not None:
            return outcome.violation.name
    return None
