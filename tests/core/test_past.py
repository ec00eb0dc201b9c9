"""Names are never free, also when the state has let go of what they named."""

import pytest

from edgenode.core.observations import OrderAsked, Tick
from edgenode.core.past import client_name, done_name, names_of, order_name, past_of
from edgenode.core.seen import NO_PAST
from edgenode.model.orders import OrderKey
from tests.core.world import CUSTOMER, SECOND, World, intent


def test_names_tell_scopes_and_parts_apart():
    names = {
        client_name(OrderKey("a", "bc")), client_name(OrderKey("ab", "c")),
        order_name("abc"), done_name("abc"),
    }  # fmt: skip
    assert len(names) == 4
    assert {len(name.key) for name in names} == {16}


@pytest.mark.parametrize("lots", [100, 0], ids=["accepted", "denied"])
def test_a_submitters_id_is_taken_for_ever(lots):
    world = World()
    asked = OrderAsked(intent("T1", lots=lots, time_in_force="ioc"), CUSTOMER)
    (first, *_) = world.observe(asked)
    world.close_orders()
    assert world.state.orders.named(asked.intent.key) is None
    assert past_of(world.state, asked, world.names.get).name_taken
    assert world.observe(asked) == []
    found = world.names[client_name(asked.intent.key)]
    assert found.seq == first.entry.seq
    world.assert_refolds()


def test_nothing_is_looked_up_that_the_state_holds():
    world = World()
    asked = OrderAsked(intent("T1"), CUSTOMER)
    world.observe(asked)

    def recall(name):
        raise AssertionError(name)

    assert past_of(world.state, asked, recall) is NO_PAST
    assert past_of(world.state, Tick(), recall) is NO_PAST


def test_denials_leave_too_so_that_a_flood_of_them_does_not_stay():
    world = World()
    for number in range(300):
        world.now += SECOND // 50
        world.observe(OrderAsked(intent(f"D{number}", lots=0), CUSTOMER))
    assert world.state.orders.ended_count == 300
    assert "OrdersClosed" in [r.entry.kind for r in world.observe(Tick())]
    assert world.state.orders.ended_count == 0
    assert world.state.limits.policy is not None
    world.assert_refolds()


def test_every_fact_that_names_something_is_found_under_it():
    world = World()
    kinds = {
        r.entry.kind
        for r in world.observe(OrderAsked(intent("T1", time_in_force="ioc"), CUSTOMER))
        if names_of(r.fact)
    }
    assert kinds == {"OrderGated", "OrderDone"}
