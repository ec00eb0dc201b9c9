"""Names are never free, also when the state has let go of what they named."""

import pytest

from edgenode.core.node import ENDED_ORDERS_KEPT
from edgenode.core.observations import OrderAsked, Reported, Tick
from edgenode.core.past import (
    PRUNED_SCOPES,
    Recalled,
    client_name,
    done_name,
    names_of,
    order_name,
    past_of,
)
from edgenode.core.seen import NO_PAST
from edgenode.model.ids import DESK_OVERLAY, DESK_SUSPENSE
from edgenode.model.orders import OrderKey
from tests.core.gate.orders import hedge
from tests.core.orders.test_evidence import RICH, Said
from tests.core.world import CUSTOMER, SECOND, WETH, World, intent


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
        assert world.state.orders.ended_count <= ENDED_ORDERS_KEPT
    assert "OrdersClosed" in [r.entry.kind for r in world.recorded]  # without any tick
    assert world.state.rules.policy is not None
    world.assert_refolds()


def test_every_fact_that_names_something_is_found_under_it():
    world = World()
    kinds = {
        r.entry.kind
        for r in world.observe(OrderAsked(intent("T1", time_in_force="ioc"), CUSTOMER))
        if names_of(r.fact)
    }
    assert kinds == {"OrderGated", "OrderDone"}


def pruned(world):
    """Forget the names that go with a dropped segment, of all that was recorded."""
    world.close_orders()
    world.names = {
        name: Recalled(found.seq, None)
        for name, found in world.names.items()
        if name.scope not in PRUNED_SCOPES
    }


@pytest.fixture
def late():
    """A world whose one hedge executed, left the state, and was pruned; and its order's id."""
    world = World(RICH)
    world.publish("a", 150_000)
    asked = OrderAsked(hedge(20, name="H", price=150_300), "rule:overlay")
    order_id = world.facts(asked)[0].order_id
    world.observe(Reported(Said("fill", "x1", 20).report(order_id, "buy")))
    pruned(world)
    assert not world.state.breaks.open
    return world, asked, order_id


@pytest.mark.parametrize("kind", ["fill", "correct"])
def test_what_a_venue_says_after_its_names_were_pruned_lands_in_suspense_with_a_break(late, kind):
    world, _, order_id = late
    said = Said(kind, "x1" if kind == "fill" else "c1", 20, refers_to="x1", version=1)
    assert world.observe(Reported(said.report(order_id, "buy")))
    assert world.state.positions.net(DESK_OVERLAY, WETH) == 20  # what was booked stays
    assert world.state.positions.net(DESK_SUSPENSE, WETH) == 20  # and this is exposure too
    assert [b.type for b in world.state.breaks.open.values()] == ["unknown_order"]
    world.assert_refolds()


def test_a_bust_after_its_names_were_pruned_waits_with_a_break(late):
    world, _, order_id = late
    world.observe(Reported(Said("bust", "x1").report(order_id, "buy")))
    assert [b.type for b in world.state.breaks.open.values()] == ["tombstone"]
    assert world.state.positions.net(DESK_OVERLAY, WETH) == 20
    world.assert_refolds()


def test_a_submitters_id_stays_taken_when_its_order_was_pruned(late):
    world, asked, _ = late
    assert past_of(world.state, asked, world.names.get).name_taken
    assert world.observe(asked) == []
