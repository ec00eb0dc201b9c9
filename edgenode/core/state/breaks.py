"""Breaks: differences that a rule or a person must close. A break never stops the ledger."""

from dataclasses import dataclass, field

from edgenode.model.facts import BreakClosed, BreakOpened


@dataclass(slots=True)
class Breaks:
    """The breaks part of the state: open breaks by id."""

    open: dict[str, BreakOpened] = field(default_factory=dict)

    def opened(self, fact: BreakOpened) -> None:
        """Remember a break; the same id again changes nothing."""
        self.open.setdefault(fact.break_id, fact)

    def closed(self, fact: BreakClosed) -> None:
        """Forget a break that was explained."""
        self.open.pop(fact.break_id, None)

    def canonical(self) -> object:
        """Give the part's content for the digest."""
        return [[key, b.type, b.subject, b.detail] for key, b in sorted(self.open.items())]
