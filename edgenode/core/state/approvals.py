"""Plans that wait for approval, and those that were approved; what is left of each.

A plan is approved, not an order: {instrument, venues, side, largest quantity, worst price, largest
cost, expiry}. Every order of it is gated afresh. A plan nobody answers is declined.
"""

import hashlib
from dataclasses import dataclass, field

from edgenode.model.facts import OrderGated, PlanApproved, PlanProposed
from edgenode.wire.canonical import pack

DOMAIN = b"edgenode/plan/1\n"


@dataclass(slots=True)
class Plan:
    """One plan: who said yes, and how much of it orders have taken."""

    proposed: PlanProposed
    approved_by: set[str] = field(default_factory=set)
    by_centre: bool = False
    used_lots: int = 0
    used_cost: int = 0


@dataclass(slots=True)
class Approvals:
    """The plans of a node, by id; at most one waits for each (instrument, side)."""

    plans: dict[str, Plan] = field(default_factory=dict)

    def proposed(self, fact: PlanProposed) -> None:
        """Let a plan wait."""
        self.plans[fact.plan_id] = Plan(fact)

    def approved(self, fact: PlanApproved) -> None:
        """Count one person's yes."""
        plan = self.plans.get(fact.plan_id)
        if plan is not None:
            plan.approved_by.add(fact.person)

    def approved_by_centre(self, plan_id: str, digest: bytes) -> None:
        """Take the centre's yes to exactly this plan."""
        plan = self.plans.get(plan_id)
        if plan is not None and plan.proposed.digest == digest:
            plan.by_centre = True

    def ended(self, plan_id: str) -> None:
        """Let a plan go."""
        self.plans.pop(plan_id, None)

    def used(self, fact: OrderGated, cost: int) -> None:
        """Count an accepted order against its plan."""
        plan = self.plans.get(fact.plan_id) if fact.plan_id else None
        if plan is not None:
            plan.used_lots += fact.quantity_lots
            plan.used_cost += cost

    def unused(self, gated: OrderGated, lots: int, cost: int) -> None:
        """Release to its plan what of an ended order did not execute."""
        plan = self.plans.get(gated.plan_id) if gated.plan_id else None
        if plan is not None:
            plan.used_lots -= lots
            plan.used_cost -= cost

    def canonical(self) -> object:
        """Return the content for the digest."""
        return [
            [key, p.proposed.digest, sorted(p.approved_by), p.by_centre, p.used_lots, p.used_cost]
            for key, p in sorted(self.plans.items())
        ]


def plan_digest(fact: PlanProposed) -> bytes:
    """Hash what is approved: everything but the digest itself."""
    content = [
        *(fact.plan_id, fact.instrument, list(fact.venues), fact.side, fact.quantity_lots_max),
        *(fact.worst_ticks, fact.cost_max, fact.expires, fact.nonce),
    ]
    return hashlib.sha256(DOMAIN + pack(content)).digest()
