"""Cancel on disconnect holds for the connection that asked for it, and over a restart."""

from edgenode.core.observations import OrderAsked, SessionBegan, SessionEnded, Started
from tests.core.world import CUSTOMER, World, intent

OTHER = "customer:c2"


def begun():
    world = World()
    world.policy(quote_size_lots=0, overlay_enabled=False)
    world.observe(SessionBegan(CUSTOMER, CUSTOMER))
    world.observe(OrderAsked(intent("A"), CUSTOMER))
    return world


def kinds(world, observation):
    return [r.entry.kind for r in world.observe(observation)]


def test_the_end_of_a_connection_ends_its_orders():
    world = begun()
    assert kinds(world, SessionBegan(CUSTOMER, CUSTOMER)) == []
    assert kinds(world, SessionEnded(OTHER, OTHER)) == []
    assert kinds(world, SessionEnded(CUSTOMER, CUSTOMER)) == ["OrderDone", "SessionClosed"]
    assert kinds(world, SessionEnded(CUSTOMER, CUSTOMER)) == []
    world.assert_refolds()


def test_a_node_that_died_meanwhile_ends_them_at_its_next_start():
    world = begun()
    assert kinds(world, Started(boot_tag=2, version="0", mode="paper")) == [
        "BootStarted", "OrderDone", "SessionClosed",
    ]  # fmt: skip
    assert world.state.orders.sessions == set()


def test_without_a_session_orders_outlive_a_restart():
    world = World()
    world.observe(OrderAsked(intent("A"), CUSTOMER))
    assert kinds(world, Started(boot_tag=2, version="0", mode="paper")) == ["BootStarted"]
