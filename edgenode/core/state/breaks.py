"""Breaks: differences that a rule or a person must close. A break never stops the ledger."""

from dataclasses import dataclass, field

from edgenode.model.break_types import GRANT_OVERDRAWN
from edgenode.model.facts import BreakClosed, BreakOpened, BreakResolved, ResolutionProposed


@dataclass(slots=True)
class Breaks:
    """The breaks part of the state: open breaks by id."""

    open: dict[str, BreakOpened] = field(default_factory=dict)
    proposals: dict[str, ResolutionProposed] = field(default_factory=dict)  # of open breaks
    # derived: the ids of open breaks that say so of a grant
    overdrawn: set[str] = field(default_factory=set)

    def opened(self, fact: BreakOpened) -> None:
        """Remember a break; the same id again changes nothing."""
        self.open.setdefault(fact.break_id, fact)
        if fact.type == GRANT_OVERDRAWN:
            self.overdrawn.add(fact.break_id)

    def closed(self, fact: BreakClosed) -> None:
        """Forget a break that was explained."""
        self._end(fact.break_id)

    def proposed(self, fact: ResolutionProposed) -> None:
        """Keep one person's decision until a second person agrees; the newest one stands."""
        self.proposals[fact.break_id] = fact

    def resolved(self, fact: BreakResolved) -> None:
        """Forget a break that people decided."""
        self._end(fact.break_id)

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [_row(b) for _, b in sorted(self.open.items())],
            [_waiting(p) for _, p in sorted(self.proposals.items())],
        ]

    def _end(self, break_id: str) -> None:
        self.open.pop(break_id, None)
        self.overdrawn.discard(break_id)
        self.proposals.pop(break_id, None)


def _row(held: BreakOpened) -> list[object]:
    key = held.refers_to
    about = [key.venue, key.venue_account, key.scope, key.exec_id] if key else []
    return [held.break_id, held.type, held.subject, held.detail, about]


def _waiting(held: ResolutionProposed) -> list[object]:
    return [
        *(held.break_id, held.decision, list(held.evidence), list(held.holds)),
        *(held.account, held.carried, held.price_ticks, held.person),
    ]
