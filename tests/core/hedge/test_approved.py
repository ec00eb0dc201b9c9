"""Hedges that need approval: a plan is proposed once, traded at once, and never in the way."""

import pytest

from edgenode.core.observations import OrderAsked, PlanAnswered, Tick
from edgenode.model.facts import PlanDeclined, PlanProposed
from tests.core.gate.test_plans import KEYS, people
from tests.core.hedge.laws import assert_programmes
from tests.core.hedge.test_programme import (
    SLICE,
    causes,
    exposed,
    orders_of,
    programme,
    publish,
    settle,
)
from tests.core.world import SECOND, intent


def approvers(world, **more):
    world.policy(standard=(), approvers=people("p", "q"), horizon_s=30, **more)


def answer(world, plan, *names):
    facts = []
    for name in names:
        person, signature = f"person:{name}", KEYS[name].sign(plan.digest)
        said = PlanAnswered(plan_id=plan.plan_id, person=person, signature=signature, actor=person)
        facts += world.facts(said)
    return facts


def proposals(facts):
    return [f for f in facts if isinstance(f, PlanProposed)]


def test_an_approved_plan_is_traded_at_once_and_one_that_waits_is_asked_for_once():
    world = exposed()
    approvers(world)
    world.now += SLICE
    publish(world)
    (plan,) = proposals(world.facts(Tick()))
    for _ in range(4):  # nobody answers yet
        world.now += SLICE
        publish(world)
        facts = world.facts(Tick())
        assert (proposals(facts), causes(facts)) == ([], [])
    world.now += SECOND
    publish(world)
    facts = answer(world, plan, "p", "q")
    assert sum(order.quantity_lots for order in orders_of(facts)) == 300
    assert programme(world).plan_id == plan.plan_id
    assert_programmes(world.state)


def test_the_need_for_more_uses_what_a_plan_leaves_and_proposes_the_rest_at_once():
    world = exposed()
    approvers(world)
    world.now += SLICE
    publish(world)
    (plan,) = proposals(world.facts(Tick()))
    settle(world, orders_of(answer(world, plan, "p", "q")))
    assert (plan.quantity_lots_max, world.exposure().overlay_agreed) == (400, 300)
    world.observe(OrderAsked(intent("T2", price=152_000, lots=300), "customer:c1"))
    world.now += SLICE
    publish(world)
    facts = world.facts(Tick())
    assert [order.quantity_lots for order in orders_of(facts)] == [100]
    (over,) = [f for f in facts if isinstance(f, PlanDeclined)]
    assert (over.plan_id, over.reason) == (plan.plan_id, "400 of 400 lots used; more is needed")
    (more,) = proposals(facts)
    assert more.plan_id != plan.plan_id
    assert list(world.state.limits.approvals.plans) == [more.plan_id]
    world.assert_refolds()


def test_a_plan_trades_within_its_worst_price_though_the_market_moves():
    world = exposed()
    approvers(world)
    world.now += SLICE
    publish(world)
    (plan,) = proposals(world.facts(Tick()))
    world.now += SLICE
    for venue in "ab":
        world.publish(venue, 150_100)
    world.facts(Tick())
    orders = orders_of(answer(world, plan, "p", "q"))
    assert {order.price_ticks for order in orders} == {plan.worst_ticks}
    assert sum(order.quantity_lots for order in orders) == 300


@pytest.mark.parametrize("answered", ["no", "late"])
def test_a_plan_that_is_over_leaves_its_place_to_the_next(answered):
    world = exposed()
    approvers(world)
    world.now += SLICE
    publish(world)
    (plan,) = proposals(world.facts(Tick()))
    if answered == "no":
        world.observe(PlanAnswered(plan_id=plan.plan_id, person="person:p", signature=None,
                                   actor="person:p"))  # fmt: skip
        world.now += SLICE
    else:
        world.now = plan.expires
    publish(world)
    assert len(proposals(world.facts(Tick()))) == 1
