"""The failures' worlds lived through, on as many cores as are given."""

from collections.abc import Callable, Sequence

from edgenode.model.errors import RefusedError
from edgenode.sim.arms import pool
from edgenode.sim.failures.cases import BY_NAME, FAILURES
from edgenode.sim.failures.judged import Task, World, judged


def tasks(names: Sequence[str], seeds: int, first: int = 1) -> list[Task]:
    """Return the worlds of some failures, of all where none is named; EN002 for an unknown one."""
    unknown = sorted(set(names) - BY_NAME.keys())
    if unknown:
        raise RefusedError(
            f"no failure is called {', '.join(unknown)}",
            expected=f"some of {', '.join(BY_NAME)}",
            do="name one of these, or none for all",
            code="EN002",
        )
    wanted = [failure.name for failure in FAILURES if not names or failure.name in names]
    return [Task(name, seed) for name in wanted for seed in range(first, first + seeds)]


def run(todo: Sequence[Task], jobs: int, tell: Callable[[int, int], None]) -> list[World]:
    """Live through worlds; `tell` hears of each as it is done."""
    found: dict[int, World] = {}
    for index, made in pool.each(judged, todo, jobs):
        found[index] = made
        tell(len(found), len(todo))
    return [found[index] for index in sorted(found)]
