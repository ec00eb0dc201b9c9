from edgenode.core.state.approvals import Approvals, plan_digest
from edgenode.model.facts import PlanApproved, PlanProposed

ROW = {
    "at_ns": 1, "plan_id": "plan-1", "instrument": "WETH-USDC", "venues": ("a",), "side": "buy",
    "quantity_lots_max": 10, "worst_ticks": 5, "cost_max": 7, "expires": 9, "nonce": b"n",
    "digest": b"d", "reason": "",
}  # fmt: skip


def test_every_field_that_is_approved_changes_the_digest():
    base = plan_digest(PlanProposed(**ROW))
    changes = {
        "plan_id": "p", "instrument": "X", "venues": ("b",), "side": "sell", "worst_ticks": 6,
        "quantity_lots_max": 11, "cost_max": 8, "expires": 10, "nonce": b"m",
    }  # fmt: skip
    digests = {
        plan_digest(PlanProposed(**{**ROW, name: value})) for name, value in changes.items()
    }
    assert len(digests | {base}) == len(changes) + 1
    assert plan_digest(PlanProposed(**{**ROW, "reason": "r", "digest": b""})) == base


def test_a_person_counts_once_and_the_centre_for_exactly_its_plan():
    held = Approvals()
    held.proposed(PlanProposed(**ROW))
    for _ in range(2):
        held.approved(PlanApproved(at_ns=1, plan_id="plan-1", person="p", signature=b""))
    held.approved(PlanApproved(at_ns=1, plan_id="gone", person="p", signature=b""))
    assert held.plans["plan-1"].approved_by == {"p"}
    held.approved_by_centre("plan-1", b"other")
    assert not held.plans["plan-1"].by_centre
    held.approved_by_centre("plan-1", b"d")
    assert held.plans["plan-1"].by_centre
    held.ended("plan-1")
    assert held.canonical() == []
