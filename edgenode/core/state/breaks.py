"""Breaks: differences that a rule or a person must close. A break never stops the ledger.

A break that people decided is kept until 200 others were decided, so that another decision may
correct the first. A decision on an order that works again has ended: its venue knows better. A
newer ledger of the node (core/breaks/books) begins with open breaks alone.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.break_types import FORGOTTEN, GRANT_OVERDRAWN, NOT_CANCELED, UNRESOLVED
from edgenode.model.facts import BreakClosed, BreakOpened, BreakResolved, ResolutionProposed
from edgenode.model.ids import OrderId

DECIDED_MAX = 200
OF_ORDERS = (FORGOTTEN, UNRESOLVED, NOT_CANCELED)


class Decided(NamedTuple):
    """A break that people decided, and what they decided of it last."""

    opened: BreakOpened
    resolved: BreakResolved


@dataclass(slots=True)
class Breaks:
    """The breaks part of the state: open breaks by id."""

    open: dict[str, BreakOpened] = field(default_factory=dict)
    # of breaks that are open or decided
    proposals: dict[str, ResolutionProposed] = field(default_factory=dict)
    decided: dict[str, Decided] = field(default_factory=dict)  # the newest last
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
        """Close a break that people decided; another decision may correct this one."""
        opened = self.subject_of(fact.break_id)
        self._end(fact.break_id)
        if opened is not None:
            self.decided.pop(fact.break_id, None)
            self.decided[fact.break_id] = Decided(opened, fact)
            while len(self.decided) > DECIDED_MAX:
                oldest = next(iter(self.decided))
                del self.decided[oldest]
                if oldest not in self.open:
                    self.proposals.pop(oldest, None)

    def works_again(self, order_id: OrderId) -> None:
        """Forget what people decided of an order that has not ended."""
        for break_id in (f"{type_}:{order_id}" for type_ in OF_ORDERS):
            if self.decided.pop(break_id, None) and break_id not in self.open:
                self.proposals.pop(break_id, None)

    def subject_of(self, break_id: str) -> BreakOpened | None:
        """Return what a break is about, if it is open or was decided."""
        decided = self.decided.get(break_id)
        return self.open.get(break_id) or (decided.opened if decided else None)

    def corrects(self, break_id: str) -> BreakResolved | None:
        """Return the decision that another one would correct; None of what is open."""
        decided = self.decided.get(break_id)
        return decided.resolved if decided and break_id not in self.open else None

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [_row(b) for _, b in sorted(self.open.items())],
            [_waiting(p) for _, p in sorted(self.proposals.items())],
            [[*_row(one.opened), *_said(one.resolved)] for one in self.decided.values()],
        ]

    def _end(self, break_id: str) -> None:
        self.open.pop(break_id, None)
        self.overdrawn.discard(break_id)
        self.proposals.pop(break_id, None)


def _row(held: BreakOpened) -> list[object]:
    key = held.refers_to
    about = [key.venue, key.venue_account, key.scope, key.exec_id] if key else []
    return [held.break_id, held.type, held.subject, held.detail, about]


def _said(held: BreakResolved) -> list[object]:
    carried = held.carried
    what = [carried.account, carried.amount, carried.cash_minor] if carried else []
    return [held.decision, list(held.holds), held.account, what, held.at_ns]


def _waiting(held: ResolutionProposed) -> list[object]:
    return [
        *(held.break_id, held.decision, list(held.evidence), list(held.holds)),
        *(held.account, held.carried, held.price_ticks, held.person),
    ]
