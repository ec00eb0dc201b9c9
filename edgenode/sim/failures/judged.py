"""Each world of a failure lived through and judged: five questions, by the world's own invariants.

question         invariants of `sim/world` that answer it; the first of them is asked at the end
---------------  -------------------------------------------------------------------------------
books_equal      box and centre fold the same state, which holds what the venues executed and hold
nothing_lost     what was acknowledged, executed or cosigned is still there; no order stays UNKNOWN
nothing_twice    no fill and no entry is counted twice, no other history is merged in
no_double_hedge  no order of box or centre hedges what the other has hedged
copies_stopped   two histories of one ledger: the centre has evidence, and nobody writes on
right_breaks     breaks are open that a person or a venue must close, and no others

An answer is None where the question was never asked; then it proves nothing. Every other
invariant of the world must hold as well: a violation of one is the world's `violation`.
"""

from dataclasses import dataclass
from typing import Any

from edgenode.sim.failures.cases import BY_NAME, Failure
from edgenode.sim.failures.seen import Seen
from edgenode.sim.world.judged import Violation
from edgenode.sim.world.world import live

Json = dict[str, Any]
ASKED = {
    "books_equal": ("books_differ", "balance_wrong", "folds_otherwise", "beyond_worst_case"),
    "nothing_lost": (
        *("fill_lost", "unknown_left", "told_before_durable", "sent_before_durable"),
        *("cosigned_lost", "lots_lost"),
    ),
    "nothing_twice": ("counted_twice", "fill_counted_twice", "merged_silently"),
    "no_double_hedge": ("double_hedge",),
    "copies_stopped": ("not_quarantined", "fork_not_found"),
}
RIGHT_BREAKS = "right_breaks"
OF_ONE = ("books_equal", "nothing_lost", "nothing_twice", "no_double_hedge", RIGHT_BREAKS)
OF_COPIES = ("nothing_twice", "copies_stopped", RIGHT_BREAKS)  # grants alone bound their hedges


@dataclass(frozen=True, slots=True)
class Task:
    """One world: a failure's name, and a seed."""

    name: str
    seed: int


@dataclass(frozen=True, slots=True)
class World:
    """One world as it was judged."""

    name: str
    seed: int
    struck: bool
    answers: dict[str, bool | None]
    violation: str | None
    seen: Seen
    digest: str  # of its trace: the same on every machine of an architecture

    @property
    def held(self) -> bool:
        """Return whether every question was asked, and each answer is yes; struck or not."""
        return self.violation is None and all(self.answers.values())


def judged(task: Task) -> World:
    """Live through one world, and judge it."""
    failure = BY_NAME[task.name]
    seen = Seen()
    faults = failure.faults(task.seed)
    outcome = live(failure.scenario, task.seed, faults, lines_max=None, witness=seen)
    return World(
        name=task.name,
        seed=task.seed,
        struck=failure.struck(seen),
        answers=answers(failure, seen, outcome.violation),
        violation=str(outcome.violation) if outcome.violation else None,
        seen=seen,
        digest=outcome.digest,
    )


def answers(failure: Failure, seen: Seen, violation: Violation | None) -> dict[str, bool | None]:
    """Return the answer to each question that is asked of this failure."""
    found: dict[str, bool | None] = {}
    for question in OF_COPIES if failure.stops else OF_ONE:
        if question == RIGHT_BREAKS:
            found[question] = _right_breaks(failure, seen) if violation is None else None
            continue
        names = ASKED[question]
        asked = seen.made.get(names[0], 0) > 0
        found[question] = True if asked else None
        if violation is not None and violation.name in names:
            found[question] = False
    return found


def _right_breaks(failure: Failure, seen: Seen) -> bool:
    """Judge breaks by their types: those opened, and those left open."""
    may = failure.left | failure.passing
    return failure.left <= set(seen.left) and set(seen.opened) <= may
