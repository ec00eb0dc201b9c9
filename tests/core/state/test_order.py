from edgenode.core.observations import CancelAsked, OrderAsked, Tick
from edgenode.core.state.order import both_sides, quote_order_id
from tests.core.world import CUSTOMER, WETH, World, intent


def test_what_may_still_execute_ends_with_the_order():
    world = World()
    gated = world.facts(OrderAsked(intent("A", price=140_000, lots=100), CUSTOMER))[0]
    order = world.state.orders.orders[gated.order_id]
    order.filled_lots = 30
    assert order.remaining_lots == 70
    order.filled_lots = 130  # a venue may execute more than it was asked to
    assert order.remaining_lots == 0
    order.filled_lots = 30
    world.observe(CancelAsked(gated.order_id, "customer:c1"))
    assert order.remaining_lots == 0


def test_the_sides_of_a_quote_have_names_of_their_own():
    world = World()
    world.publish("a", 150_000)
    world.observe(Tick())
    made = world.state.orders.quotes[WETH]
    names = [quote_order_id(made.quote_id, side) for side, _, _ in both_sides(made)]
    assert names == [f"{made.quote_id}.b", f"{made.quote_id}.s"]
    assert all(name in world.state.orders.book(WETH) for name in names)
