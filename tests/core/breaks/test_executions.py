"""Which execution a break is about, and which of its contents a decision says are true."""

import pytest

from edgenode.core.breaks import executions
from edgenode.core.breaks.opening import id_of
from edgenode.core.observations import ResolveAsked
from edgenode.model.errors import RefusedError
from tests.core.breaks.test_resolving import resolve, two_orders, unknown_order


def chosen(world, break_id, decision, **more):
    asked = ResolveAsked(break_id=break_id, decision=decision, reason="r", person="ann",
                         actor="p", **more)  # fmt: skip
    key = executions.named(world.state, break_id)
    return executions.chosen(world.state, asked, key)


def test_each_decision_says_which_contents_are_true():
    world, _, break_id = two_orders()
    told = executions.versions(world.state, world.state.breaks.open[break_id])
    assert chosen(world, break_id, "both") == told
    assert chosen(world, break_id, "never_happened") == ()
    for one in told:
        named = one.content_hash.hex()[:12]
        assert chosen(world, break_id, "version", version=named) == (one,)


def test_a_break_that_was_decided_still_names_its_execution():
    world, _, break_id = two_orders()
    key = executions.named(world.state, break_id)
    resolve(world, break_id, "never_happened")
    assert executions.named(world.state, break_id) == key
    assert executions.named(world.state, id_of("unknown_order", key)) == key
    assert executions.named(world.state, "fill_content:a/x9-00000000") is None


def test_it_is_carried_into_an_account_of_the_desk_alone():
    world, break_id = unknown_order()
    assert len(chosen(world, break_id, "carry_in", account="desk:book")) == 1
    for account in ("customer:c1", "desk:suspense", None):
        with pytest.raises(RefusedError) as refused:
            chosen(world, break_id, "carry_in", account=account)
        assert refused.value.code == "EN002"
