"""The restrictions part of the state: per scope, the causes that restrict it now.

    scope     node, venue:ID, instrument:ID, event:ID, account:ID
    cause     person, kill, loss:day, loss:EVENT, stress:NAME, restore:VENUE, centre, disk, clock,
              overdrawn, stale:VENUE, unreconciled:VENUE, no_rate, forecast
    level     active (no cause) < reducing < halted; the strictest over all scopes holds

Each cause stands by itself: setting or lifting one changes no other. When a person released a
stress trigger is kept: what it was released for does not set it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.facts import RestrictionLifted, RestrictionSet

LEVELS = ("active", "reducing", "halted")  # from the freest to the strictest
NODE = "node"
STRESS_CAUSES = "stress:"
RELEASED_MAX = 256  # causes: the newest


class Restriction(NamedTuple):
    """One cause at one scope: how strict it is, since when, and why."""

    level: str
    since_ns: int
    reason: str
    evidence: str


@dataclass(slots=True)
class Restrictions:
    """Which causes restrict which scopes."""

    held: dict[str, dict[str, Restriction]] = field(default_factory=dict)
    released: dict[str, int] = field(default_factory=dict)  # stress: cause -> when (ns)

    def restricted(self, fact: RestrictionSet) -> None:
        """Set a cause at a scope. A cause that stands already keeps the time since it stands."""
        causes = self.held.setdefault(fact.scope, {})
        before = causes.get(fact.cause)
        since_ns = fact.at_ns if before is None else before.since_ns
        causes[fact.cause] = Restriction(fact.level, since_ns, fact.reason, fact.evidence)

    def lifted(self, fact: RestrictionLifted) -> None:
        """Lift one cause at one scope."""
        causes = self.held.get(fact.scope, {})
        causes.pop(fact.cause, None)
        if not causes:
            self.held.pop(fact.scope, None)
        if fact.cause.startswith(STRESS_CAUSES):
            self.released.pop(fact.cause, None)
            self.released[fact.cause] = fact.at_ns
            if len(self.released) > RELEASED_MAX:
                del self.released[next(iter(self.released))]

    def no_later(self, at_ns: int) -> None:
        """Let no release lie in a time that has not come: it would hide what comes before it."""
        self.released = {cause: min(when, at_ns) for cause, when in self.released.items()}

    def level(self, *scopes: str) -> str:
        """Return the strictest level over the node and the given scopes."""
        return self.strictest(*scopes)[0]

    def strictest(self, *scopes: str) -> tuple[str, str, str]:
        """Return (level, scope, cause) of the strictest cause; the first of equals.

        (active, node, "") if nothing restricts any of these scopes.
        """
        found = ("active", NODE, "")
        if not self.held:
            return found
        for scope in (NODE, *scopes):
            causes = self.held.get(scope)
            for cause, row in sorted(causes.items()) if causes else ():
                if LEVELS.index(row.level) > LEVELS.index(found[0]):
                    found = (row.level, scope, cause)
        return found

    def find(self, scope: str, cause: str) -> Restriction | None:
        """Return a cause at a scope, None if it does not restrict that scope."""
        return self.held.get(scope, {}).get(cause)

    def rows(self) -> Iterator[tuple[str, str, Restriction]]:
        """Yield (scope, cause, restriction) in order of their names."""
        for scope, causes in sorted(self.held.items()):
            for cause, row in sorted(causes.items()):
                yield scope, cause, row

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        rows = [[scope, cause, *row] for scope, cause, row in self.rows()]
        return [rows, [[cause, at_ns] for cause, at_ns in self.released.items()]]
