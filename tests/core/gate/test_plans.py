"""Row 16: what is not standard needs a plan that enough people, or the centre, approved."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.core.observations import OrderAsked, PlanAnswered, Reported
from edgenode.model.facts import Approval, Approver
from edgenode.model.venue import Finished
from tests.core.gate.orders import codes, hedge, names, ready
from tests.core.orders.sent import fill

KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode() * 32) for name in "pqr"}


def people(*names):
    return tuple(
        Approver(person=f"person:{name}", key=KEYS[name].public_key().public_bytes_raw())
        for name in names
    )


def strict(**more):
    """Return a world where nothing is standard, p and q may approve, and a plan waits."""
    world = ready()
    world.policy(standard=(), approvers=people("p", "q"), **more)
    denied, plan = world.facts(OrderAsked(hedge(100), "rule:overlay"))
    assert [(r.code, r.name) for r in denied.reasons] == [("EN116", "approval")]
    return world, plan


def approve(world, plan, *people):
    for name in people:
        world.observe(
            PlanAnswered(
                plan_id=plan.plan_id, person=f"person:{name}",
                signature=KEYS[name].sign(plan.digest), actor=f"person:{name}",
            )
        )  # fmt: skip


def test_a_standard_hedge_needs_no_plan_and_one_too_large_does():
    world = ready()
    assert codes(world, hedge(300)) == []
    world.policy(price_collar_ppm=1_000)
    assert names(world, hedge(300, type="market", price=None, time_in_force="ioc")) == ["approval"]


def test_two_people_or_nothing():
    world, plan = strict()
    approve(world, plan, "p")
    assert names(world, hedge(100, name="N")) == ["approval"]
    approve(world, plan, "p")  # the same person twice is one person
    assert names(world, hedge(100, name="N")) == ["approval"]
    approve(world, plan, "q")
    assert names(world, hedge(100, name="N")) == []
    (gated, *_) = world.facts(OrderAsked(hedge(100, name="H2"), "rule:overlay"))
    assert gated.plan_id == plan.plan_id


def test_a_plan_bounds_its_orders():
    world, plan = strict()
    approve(world, plan, "p", "q")
    assert names(world, hedge(101, name="N")) == ["approval"]  # more than was approved
    assert names(world, hedge(100, price=150_101, name="N")) == [
        "approval"
    ]  # worse than was approved
    assert "approval" in names(world, hedge(10, side="sell", price=149_900))
    world.observe(OrderAsked(hedge(60, name="H2"), "rule:overlay"))
    assert names(world, hedge(40, name="N")) == []
    assert names(world, hedge(41, name="N")) == ["approval"]  # what was used counts
    world.assert_refolds()


def test_above_the_local_ceiling_only_the_centre_approves():
    world, plan = strict(approval_cost_max=0)
    approve(world, plan, "p", "q")
    assert names(world, hedge(100, name="N")) == ["approval"]
    world.adopt(Approval(at_ns=world.now, plan_id=plan.plan_id, digest=b"another plan"))
    assert names(world, hedge(100, name="N")) == ["approval"]
    world.adopt(Approval(at_ns=world.now, plan_id=plan.plan_id, digest=plan.digest))
    assert names(world, hedge(100, name="N")) == []


def test_an_approver_whom_policy_no_longer_names_counts_no_more():
    world, plan = strict()
    approve(world, plan, "p", "q")
    world.policy(approvers=())
    assert names(world, hedge(100, name="N")) == ["approval"]


@pytest.mark.parametrize("needed", [-1, 0, 1, 2])
def test_policy_cannot_ask_for_fewer_than_two_people(needed):
    world, plan = strict(approvals_needed=needed)
    assert names(world, hedge(100, name="N")) == ["approval"]
    approve(world, plan, "p")
    assert names(world, hedge(100, name="N")) == ["approval"]
    approve(world, plan, "q")
    assert names(world, hedge(100, name="N")) == []


def test_policy_may_ask_for_more_than_two_people():
    world, plan = strict(approvals_needed=3)
    approve(world, plan, "p", "q")
    assert names(world, hedge(100, name="N")) == ["approval"]


def test_one_key_under_two_names_is_one_person():
    world, plan = strict()
    held = world.state.rules.policy.approvers
    world.policy(approvers=(held[0], replace(held[1], key=held[0].key)))
    for name in "pq":
        signature = KEYS["p"].sign(plan.digest)
        said = PlanAnswered(plan_id=plan.plan_id, person=f"person:{name}", signature=signature,
                            actor=f"person:{name}")  # fmt: skip
        world.observe(said)
    assert len(world.state.limits.approvals.plans[plan.plan_id].approved_by) == 2
    assert names(world, hedge(100, name="N")) == ["approval"]


def test_orders_that_never_execute_use_up_no_plan():
    world, plan = strict()
    approve(world, plan, "p", "q")
    used = world.state.limits.approvals.plans[plan.plan_id]
    for index in range(5):
        (gated, *_) = world.facts(OrderAsked(hedge(100, name=f"H{index}"), "rule:overlay"))
        assert gated.plan_id == plan.plan_id
        assert used.used_lots == 100
        done = Finished(venue="a", order_id=gated.order_id, reason="canceled", cum_lots=0)
        world.observe(Reported(done))
        assert (used.used_lots, used.used_cost) == (0, 0)
    (gated, *_) = world.facts(OrderAsked(hedge(100, name="P"), "rule:overlay"))
    world.observe(Reported(fill(gated.order_id, lots=30)))
    done = Finished(venue="a", order_id=gated.order_id, reason="canceled", cum_lots=30)
    world.observe(Reported(done))
    assert used.used_lots == 30
    assert names(world, hedge(71, name="N")) == ["approval"]
    world.assert_refolds()
