"""Row 16: what is not standard needs a plan that enough people, or the centre, approved."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edgenode.core.observations import OrderAsked, PlanAnswered
from edgenode.model.facts import Approval, Approver
from tests.core.gate.orders import codes, hedge, names, ready

KEYS = {name: Ed25519PrivateKey.from_private_bytes(name.encode() * 32) for name in "pqr"}


def strict(**more):
    """Give a world where nothing is standard, p and q may approve, and a plan waits."""
    world = ready()
    people = tuple(
        Approver(person=f"person:{name}", key=KEYS[name].public_key().public_bytes_raw())
        for name in "pq"
    )
    world.policy(standard=(), approvers=people, **more)
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
