from edgenode.core.observations import CancelAsked, OrderAsked, Tick
from edgenode.core.state.order import quote_order_id
from edgenode.model.facts import OrdersClosed
from edgenode.model.orders import OrderKey
from tests.core.world import CUSTOMER, WETH, World, intent


def resting(world, name, price, side="buy", lots=100):
    fact = world.facts(OrderAsked(intent(name, side=side, price=price, lots=lots), CUSTOMER))[0]
    return fact.order_id


def test_open_lots_count_by_account_and_side_until_the_order_ends():
    world = World()
    one = resting(world, "A", 140_000)
    resting(world, "B", 139_000, lots=50)
    orders = world.state.orders
    assert orders.open_lots(CUSTOMER, WETH, "buy") == 150
    world.observe(CancelAsked(one, "customer:c1"))
    assert orders.open_lots(CUSTOMER, WETH, "buy") == 50
    assert one not in orders.book(WETH)
    world.observe(CancelAsked(one, "customer:c1"))  # a second cancel decides nothing
    assert orders.done_count == 1
    world.assert_refolds()


def test_a_name_is_remembered_for_ever_and_a_denial_with_its_reasons():
    world = World()
    resting(world, "A", 140_000)
    world.observe(OrderAsked(intent("B", lots=0), CUSTOMER))
    orders = world.state.orders
    assert orders.named(OrderKey(CUSTOMER, "A")).order_id is not None
    assert orders.named(OrderKey(CUSTOMER, "B")).order_id is None
    assert orders.denial(OrderKey(CUSTOMER, "B")).reasons[0].code == "EN106"
    assert orders.named(OrderKey(CUSTOMER, "C")) is None


def test_closing_moves_done_orders_into_a_hash_and_keeps_open_ones():
    world = World()
    one, two = resting(world, "A", 140_000), resting(world, "B", 139_000)
    world.observe(CancelAsked(one, "customer:c1"))
    orders = world.state.orders
    chain = orders.closed_chain
    orders.closed(OrdersClosed(at_ns=1, to_seq=world.state.size))
    assert set(orders.orders) == {two}
    assert orders.closed_chain != chain
    assert (orders.closed_count, orders.done_count) == (1, 0)


def test_a_new_quote_takes_the_place_of_the_old_one():
    world = World()
    world.publish("a", 150_000)
    world.observe(Tick())
    orders = world.state.orders
    old = orders.quotes[WETH]
    world.publish("a", 151_000)
    world.observe(Tick())
    new = orders.quotes[WETH]
    assert new.quote_id != old.quote_id
    assert quote_order_id(old.quote_id, "buy") not in orders.book(WETH)
    assert quote_order_id(new.quote_id, "buy") in orders.book(WETH)
    assert orders.open_lots("desk:book", WETH, "buy") == new.bid_lots
