"""Plans: proposed when only an approval is missing, answered by signature, declined by silence."""

import pytest

from edgenode.core.gate.approvals import LIFE_NS
from edgenode.core.observations import OrderAsked, PlanAnswered, Tick
from edgenode.core.state.approvals import plan_digest
from edgenode.model.errors import RefusedError
from tests.core.gate.orders import hedge
from tests.core.gate.test_plans import KEYS, approve, strict
from tests.core.world import SECOND


def answer(plan, signature, person="person:p"):
    return PlanAnswered(plan_id=plan.plan_id, person=person, signature=signature, actor="person:p")


def test_a_plan_names_what_is_approved_and_its_digest_covers_all_of_it():
    world, plan = strict()
    assert (plan.instrument, plan.side, plan.worst_ticks) == ("WETH-USDC", "buy", 150_100)
    assert plan.expires == world.now + LIFE_NS
    assert plan.digest == plan_digest(plan)
    assert len(plan.nonce) == 16


def test_while_a_plan_waits_no_other_is_proposed_for_the_same_side():
    world, _ = strict()
    assert len(world.facts(OrderAsked(hedge(50, name="H2"), "rule:overlay"))) == 1


def test_an_order_that_fails_otherwise_too_proposes_nothing():
    world, _ = strict()
    ask = hedge(100_001, side="sell", name="H3", price=149_900)
    assert [type(f).__name__ for f in world.facts(OrderAsked(ask, "rule:overlay"))] == [
        "OrderDenied"
    ]


def test_silence_is_no():
    world, plan = strict()
    world.now += LIFE_NS
    world.publish("a", 150_000)
    declined = [f for f in world.facts(Tick()) if hasattr(f, "plan_id")]
    assert declined[0].plan_id == plan.plan_id
    assert not world.state.limits.approvals.plans
    with pytest.raises(RefusedError) as refused:
        approve(world, plan, "p")
    assert refused.value.code == "EN006"


def test_one_person_may_say_no():
    world, plan = strict()
    (fact,) = world.facts(answer(plan, None))
    assert fact.reason == "declined by person:p"
    assert not world.state.limits.approvals.plans


@pytest.mark.parametrize(
    ("signature", "person"),
    [
        (b"x" * 64, "person:p"),
        (b"", "person:p"),
        ("other key", "person:p"),
        ("other plan", "person:p"),
        ("right", "person:r"),
    ],
)
def test_a_wrong_signature_or_a_stranger_is_refused_and_counts_nothing(signature, person):
    world, plan = strict()
    made = {
        "other key": KEYS["q"].sign(plan.digest),
        "other plan": KEYS["p"].sign(b"\0" * 32),
        "right": KEYS["r"].sign(plan.digest),
    }.get(signature, signature)
    with pytest.raises(RefusedError) as refused:
        world.observe(answer(plan, made, person))
    assert refused.value.code == "EN503"
    assert not world.state.limits.approvals.plans[plan.plan_id].approved_by


def test_an_answer_cannot_be_used_for_the_next_plan():
    world, plan = strict()
    signature = KEYS["p"].sign(plan.digest)
    world.observe(answer(plan, None))
    world.now += SECOND
    _, again = world.facts(OrderAsked(hedge(100, name="H2"), "rule:overlay"))
    assert again.digest != plan.digest  # the nonce is used once
    with pytest.raises(RefusedError):
        world.observe(answer(again, signature))
