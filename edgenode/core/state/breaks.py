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
            [[key, b.type, b.subject, b.detail] for key, b in sorted(self.open.items())],
            [
                [key, p.decision, list(p.evidence), p.account, p.carried, p.person]
                for key, p in sorted(self.proposals.items())
            ],
        ]

    def _end(self, break_id: str) -> None:
        self.open.pop(break_id, None)
        self.overdrawn.discard(break_id)
        self.proposals.pop(break_id, None)
