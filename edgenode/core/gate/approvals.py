"""Plans of hedges that are not standard: proposed, answered by people, declined when nobody does.

A yes is an Ed25519 signature over the plan's digest, by a key that signed policy names, so that it
counts without any network and anyone can check it later. The digest covers a single-use nonce.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from edgenode.core.gate.gate import Judgement
from edgenode.core.gate.plans import is_approved
from edgenode.core.observations import Act, Decision, PlanAnswered
from edgenode.core.state.approvals import Plan, plan_digest
from edgenode.core.state.limits import CLOCK_BACK_NS
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.reservations import OF_COST
from edgenode.model.errors import RefusedError
from edgenode.model.facts import PlanApproved, PlanDeclined, PlanProposed, Reason
from edgenode.model.ids import DESK_OVERLAY, InstrumentId
from edgenode.model.orders import OrderIntent, Side
from edgenode.wire import ed25519
from edgenode.wire.canonical import pack

LIFE_NS = 30 * 60 * 1_000_000_000  # the longest a plan may live
RULE = "rule:approvals"
NEEDS = ("EN116", "approval")


def proposed(
    state: NodeState, intent: OrderIntent, judgement: Judgement, now_ns: int
) -> tuple[Act, ...]:
    """Propose a plan where an order failed for want of an approval alone, and none waits."""
    policy, exposure = state.rules.policy, state.exposure(intent.instrument)
    if (
        policy is None
        or intent.account != DESK_OVERLAY
        or not only_lacks(judgement.reasons)
        or judgement.price_ticks is None
        or waiting(state, intent.instrument, intent.side, now_ns) is not None
    ):
        return ()
    ended = _used(state, intent, now_ns)
    lots = max(intent.quantity_lots, abs(exposure.target - exposure.overlay_agreed))
    cost = sum(row.amount for row in judgement.would_reserve if row.kind in OF_COST)
    nonce = hashlib.sha256(pack([state.orders.boot_tag, state.size])).digest()[:16]
    plan = PlanProposed(
        at_ns=now_ns,
        plan_id=f"plan-{state.size + 2 + len(ended)}",
        instrument=intent.instrument,
        venues=tuple(v.venue for v in policy.overlay_venues),
        side=intent.side,
        quantity_lots_max=lots,
        worst_ticks=judgement.price_ticks,
        cost_max=-(-cost * lots // intent.quantity_lots),
        expires=now_ns + LIFE_NS,
        nonce=nonce,
        digest=b"",
        reason=f"{intent.venue}: not listed as standard",
    )
    return (*ended, Act(replace(plan, digest=plan_digest(plan)), RULE))


def answered(state: NodeState, said: PlanAnswered, now_ns: int) -> Decision:
    """Record a person's answer. EN006 no such plan, EN503 not an approver or a wrong signature."""
    plan = state.limits.approvals.plans.get(said.plan_id)
    policy = state.rules.policy
    if plan is None or policy is None or now_ns >= plan.proposed.expires:
        raise RefusedError(
            f"plan {said.plan_id[:40]!r} does not wait",
            expected="a plan that waits",
            do="list the plans again",
            code="EN006",
        )
    key = next((a.key for a in policy.approvers if a.person == said.person), None)
    if key is None:
        raise RefusedError(
            f"{said.person[:40]!r} is no approver",
            expected="a person that policy names",
            do="let an approver answer, or have the desk add this person to policy",
            code="EN503",
        )
    if said.signature is None:
        declined = PlanDeclined(
            at_ns=now_ns, plan_id=said.plan_id, reason=f"declined by {said.person}"
        )
        return Decision((Act(declined, said.actor, automatic=False),))
    if not ed25519.verify(key, said.signature, plan.proposed.digest):
        raise RefusedError(
            "the signature is not over this plan",
            expected="an Ed25519 signature of the plan's digest by the person's key",
            do="sign the digest that this node shows now",
            code="EN503",
        )
    if said.person in plan.approved_by:
        return Decision()
    approved = PlanApproved(
        at_ns=now_ns, plan_id=said.plan_id, person=said.person, signature=said.signature
    )
    return Decision((Act(approved, said.actor, automatic=False),))


def overdue(state: NodeState, now_ns: int) -> list[Act]:
    """Decline what has passed its time, or is of one that has not come: no answer is no."""
    return [
        Act(PlanDeclined(at_ns=now_ns, plan_id=plan_id, reason="its time has passed"), RULE)
        for plan_id, plan in sorted(state.limits.approvals.plans.items())
        if not _runs(plan, now_ns)
    ]


def only_lacks(reasons: Sequence[Reason]) -> bool:
    """Return whether an approval is all that an order lacks."""
    return [(r.code, r.name) for r in reasons] == [NEEDS]


def waiting(state: NodeState, instrument: InstrumentId, side: Side, now_ns: int) -> str | None:
    """Return the id of the plan of this kind that waits for an answer, None if none does."""
    plans = _of(state, instrument, side, now_ns)
    return next((plan.proposed.plan_id for plan, approved in plans if not approved), None)


def approved_plan(
    state: NodeState, instrument: InstrumentId, side: Side, now_ns: int
) -> Plan | None:
    """Return the approved plan of this kind, None if there is none."""
    plans = _of(state, instrument, side, now_ns)
    return next((plan for plan, approved in plans if approved), None)


def _of(
    state: NodeState, instrument: InstrumentId, side: Side, now_ns: int
) -> list[tuple[Plan, bool]]:
    """Return the plans of one kind whose time runs, each with whether it is approved."""
    policy = state.rules.policy
    return [
        (plan, policy is not None and is_approved(plan, policy))
        for plan in state.limits.approvals.plans.values()
        if (plan.proposed.instrument, plan.proposed.side) == (instrument, side)
        and _runs(plan, now_ns)
    ]


def _runs(plan: Plan, now_ns: int) -> bool:
    return plan.proposed.at_ns - CLOCK_BACK_NS <= now_ns < plan.proposed.expires


def _used(state: NodeState, intent: OrderIntent, now_ns: int) -> list[Act]:
    """End approved plans that do not cover an order: more is needed than they leave."""
    acts = []
    for plan, _ in _of(state, intent.instrument, intent.side, now_ns):
        said = plan.proposed
        reason = f"{plan.used_lots} of {said.quantity_lots_max} lots used; more is needed"
        ended = PlanDeclined(at_ns=now_ns, plan_id=said.plan_id, reason=reason)
        acts.append(Act(ended, RULE))
    return acts
