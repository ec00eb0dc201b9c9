"""An order is found by its id wherever it is; one that was pruned is refused, and not unknown."""

import pytest

from edgenode.core.observations import AmendAsked, OrderAsked
from edgenode.core.past import PRUNED_SCOPES, Recalled
from edgenode.daemon.orders import lookup
from edgenode.model.errors import RefusedError
from edgenode.model.orders import OrderKey
from tests.core.orders.test_changes import amend
from tests.core.world import CUSTOMER, World, intent


@pytest.fixture
def world():
    """An order of two names that ended and left the state."""
    world = World()
    order_id = world.facts(OrderAsked(intent("T1", price=140_000), CUSTOMER))[0].order_id
    asked = amend(order_id, name="T2", lots=50)
    assert isinstance(asked, AmendAsked)
    world.observe(asked)
    world.id = order_id
    return world


def found(world, name):
    return lookup.by_client_id(world.state, world.names.get, OrderKey(CUSTOMER, name))


def test_it_is_found_by_either_name_while_its_entries_are_here(world):
    assert found(world, "T1").fact.order_id == found(world, "T2").fact.order_id == world.id
    assert found(world, "T3") is None


@pytest.mark.parametrize("kept", [set(), {"T2"}], ids=["all pruned", "its change is still here"])
def test_a_pruned_order_is_refused_by_its_names_and_unknown_by_our_id(world, kept):
    world.state.orders.names.used.clear()
    world.state.orders.orders.clear()
    world.names = {
        name: one if getattr(one.fact, "client_order_id", "") in kept else Recalled(one.seq, None)
        for name, one in world.names.items()
        if name.scope not in PRUNED_SCOPES
    }
    for name in ("T1", "T2"):
        with pytest.raises(RefusedError, match="has left this box") as refused:
            found(world, name)
        assert refused.value.code == "EN409"
    assert lookup.by_order_id(world.state, world.names.get, world.id) is None
