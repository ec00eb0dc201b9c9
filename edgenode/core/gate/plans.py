"""Row 16, second part: a hedge that policy does not list as standard needs an approved plan."""

from edgenode.core.gate.check import Check
from edgenode.core.state.approvals import Plan
from edgenode.model.facts import Policy
from edgenode.model.ids import DESK_OVERLAY

PEOPLE_MIN = 2  # whatever policy says: one person alone never approves


def judge(check: Check, policy: Policy, cost: int) -> None:
    """Pass what is standard, or covered by a plan; name that plan on the check."""
    if check.intent.account != DESK_OVERLAY:
        return
    lots = check.intent.quantity_lots
    for row in check.terms.standard:
        if lots <= row.quantity_lots_max and cost <= row.cost_max:
            return
    for plan in check.state.limits.approvals.plans.values():
        if is_approved(plan, policy) and _covers(check, plan, cost):
            check.plan_id = plan.proposed.plan_id
            return
    asked = f"{check.intent.side} {check.lots(check.intent.quantity_lots)} at {check.intent.venue}"
    check.fail("EN116", "approval", "a standard hedge or an approved plan", asked, "plan")


def is_approved(plan: Plan, policy: Policy) -> bool:
    """Return whether the centre said yes, or enough people with keys; never fewer than two."""
    if plan.by_centre:
        return True
    keys = {a.key for a in policy.approvers if a.person in plan.approved_by}
    return (
        len(keys) >= max(PEOPLE_MIN, policy.approvals_needed)
        and plan.proposed.cost_max <= policy.approval_cost_max
    )


def _covers(check: Check, plan: Plan, cost: int) -> bool:
    intent, said = check.intent, plan.proposed
    return (
        said.instrument == intent.instrument
        and intent.venue in said.venues
        and said.side == intent.side
        and check.price is not None
        and check.terms.sign * (check.price - said.worst_ticks) <= 0
        and plan.used_lots + intent.quantity_lots <= said.quantity_lots_max
        and plan.used_cost + cost <= said.cost_max
        and check.state.limits.latest(check.now_ns) < said.expires
    )
