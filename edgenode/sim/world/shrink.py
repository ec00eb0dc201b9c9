"""A smaller plan that still fails: faults are taken out one by one while the violation stays."""

from collections.abc import Callable, Sequence

from edgenode.sim.world.plan import Fault, Scenario
from edgenode.sim.world.world import Outcome, live

WORLDS_MAX = 80


def shrunk(
    scenario: Scenario,
    failed: Outcome,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
    run: Callable[..., Outcome] = live,
) -> Outcome:
    """Return the outcome of the smallest plan found; `failed` itself if nothing can go.

    A world without a fault is still the same world: everything else is drawn apart from the plan.
    """
    assert failed.violation is not None
    best, worlds, again = failed, 0, True
    while again and worlds < WORLDS_MAX:
        again = False
        for index in reversed(range(len(best.faults))):
            if worlds == WORLDS_MAX:
                break
            worlds += 1
            progress(worlds, len(best.faults))
            tried = run(scenario, failed.seed, _without(best.faults, index))
            if tried.violation is not None and tried.violation.name == failed.violation.name:
                best, again = tried, True
    return best


def _without(faults: Sequence[Fault], index: int) -> tuple[Fault, ...]:
    return (*faults[:index], *faults[index + 1 :])
