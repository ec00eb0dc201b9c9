"""What was judged so far: the first violation is kept, and ends the world."""

from collections import Counter
from typing import NamedTuple

from edgenode.sim.world.trace import Trace


class Violation(NamedTuple):
    """An invariant that does not hold: its name, and what was seen."""

    name: str
    found: str

    def __str__(self) -> str:
        return f"{self.name}: {self.found}"


class Judged:
    """Counts checks by their invariant, and keeps the first that does not hold."""

    def __init__(self, trace: Trace) -> None:
        self.first: Violation | None = None
        self.made: Counter[str] = Counter()
        self.trace = trace

    @property
    def checks(self) -> int:
        """Return how many checks were made."""
        return self.made.total()

    def hold(self, name: str, holds: bool, found: str) -> None:  # noqa: FBT001  it is the point
        """Count a check; the first that does not hold is kept."""
        self.made[name] += 1
        if not holds and self.first is None:
            self.first = Violation(name, found)
            self.trace.say("!", name, found=found)
