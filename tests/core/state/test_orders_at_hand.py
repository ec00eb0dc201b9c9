from edgenode.core.observations import CancelAsked, OrderAsked
from edgenode.core.state import snapshot
from tests.core.world import CUSTOMER, WETH, World, intent


def resting(world, name, price, side="buy", lots=100):
    fact = world.facts(OrderAsked(intent(name, side=side, price=price, lots=lots), CUSTOMER))[0]
    return fact.order_id


def test_only_orders_at_outside_venues_are_at_venues():
    world = World()
    world.publish("a", 150_000)
    resting(world, "A", 140_000)
    ask = intent("H", account="desk:overlay", venue="a", lots=5, price=150_000)
    order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
    assert [o.gated.order_id for o in world.state.orders.at_venues()] == [order_id]


def test_the_oldest_open_order_is_the_one_that_keeps_its_segment():
    world = World()
    assert world.state.orders.oldest_open() is None
    one, two = resting(world, "A", 140_000), resting(world, "B", 139_000)
    world.observe(OrderAsked(intent("D", lots=0), CUSTOMER))
    seqs = {name: world.state.orders.orders[id_].seq for name, id_ in (("A", one), ("B", two))}
    assert world.state.orders.oldest_open() == seqs["A"] < seqs["B"]
    world.observe(CancelAsked(one, CUSTOMER))  # done, and still in the maps: it holds nothing
    assert world.state.orders.oldest_open() == seqs["B"]
    world.observe(CancelAsked(two, CUSTOMER))
    assert world.state.orders.oldest_open() is None


def test_a_look_at_a_book_that_is_not_there_leaves_the_state_as_it_is():
    world = World(funded=False)
    before = snapshot.dump(world.state)
    orders = world.state.orders
    assert orders.best_bid(WETH) is None
    assert (orders.quote_lots(WETH), orders.resting(WETH)) == ((0, 0), [])
    assert list(orders.book(WETH).orders()) == []
    assert snapshot.dump(world.state) == before
