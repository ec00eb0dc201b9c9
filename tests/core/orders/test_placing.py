from edgenode.core.observations import CancelAsked, OrderAsked, Tick
from edgenode.core.orders.placing import content_hash
from edgenode.model.facts import FillRecorded, OrderDenied, OrderGated
from edgenode.model.orders import OrderState
from tests.core.world import CUSTOMER, World, intent


def kinds(facts):
    return [type(fact).__name__ for fact in facts]


def ask(world, *args, **more):
    return world.facts(OrderAsked(intent(*args, **more), CUSTOMER))


def quoting():
    world = World()
    world.publish("a", 150_000)
    world.publish("b", 150_000)
    world.observe(Tick())
    return world


def test_an_order_that_meets_nothing_rests():
    assert kinds(ask(World(), price=140_000)) == ["OrderGated", "OrderWorking"]


def test_an_immediate_or_cancel_order_never_rests():
    world = World()
    facts = ask(world, price=140_000, time_in_force="ioc")
    assert kinds(facts) == ["OrderGated", "OrderDone"]
    assert (facts[-1].reason, facts[-1].filled_lots) == ("canceled", 0)


def test_an_order_for_an_outside_venue_is_sent_in_the_same_step():
    world = quoting()
    order = intent(account="desk:overlay", venue="a", lots=5, price=150_000)
    assert kinds(world.facts(OrderAsked(order, "rule:overlay"))) == ["OrderGated", "OrderSent"]


def test_both_sides_of_an_execution_are_booked_at_the_resting_price():
    world = quoting()
    facts = ask(world, price=151_000, lots=100)
    taker, maker = (f for f in facts if isinstance(f, FillRecorded))
    assert taker.price_ticks == maker.price_ticks == 150_075
    assert (taker.account, taker.side) == (CUSTOMER, "buy")
    assert (maker.account, maker.side) == ("desk:book", "sell")
    assert taker.exec_id == maker.exec_id
    assert taker.venue_account != maker.venue_account
    assert world.exposure().agreed == -100
    world.assert_refolds()


def test_an_id_used_before_decides_nothing_again():
    world = World()
    assert ask(world, "A", price=140_000)
    assert ask(world, "A", price=140_000) == []
    assert ask(world, "A", price=139_000) == []  # other content: the edge answers 409
    assert kinds(ask(world, "A", price=140_000, account="customer:c2")) == ["OrderDenied"]


def test_a_denial_is_recorded_with_what_was_asked():
    world = World()
    (denied,) = ask(world, lots=0)
    assert isinstance(denied, OrderDenied)
    assert denied.content_hash == content_hash(intent(lots=0))
    assert denied.reasons


def test_a_customer_never_trades_with_himself_the_resting_order_gives_way():
    world = World()
    first = ask(world, "A", side="sell", price=150_000, lots=50)[0]
    facts = ask(world, "B", side="buy", price=151_000, lots=50)
    assert kinds(facts) == ["OrderGated", "OrderDone", "OrderWorking"]
    assert facts[1].order_id == first.order_id
    assert not any(isinstance(f, FillRecorded) for f in facts)


def test_a_cancel_ends_a_local_order_and_leaves_others_to_their_venue():
    world = quoting()
    local = ask(world, "A", price=140_000)[0].order_id
    away = intent("H", account="desk:overlay", venue="a", lots=5, price=150_000)
    outside = world.facts(OrderAsked(away, "rule:overlay"))[0].order_id
    assert kinds(world.facts(CancelAsked(local, "customer:c1"))) == ["OrderDone"]
    assert kinds(world.facts(CancelAsked(outside, "customer:c1"))) == ["CancelSent"]
    assert world.state.orders.orders[outside].state is OrderState.SENT
    assert world.facts(CancelAsked("NONE", "customer:c1")) == []


def test_every_field_asked_for_is_in_the_content():
    base = content_hash(intent())
    changes = [
        {"venue": "a"}, {"side": "sell"}, {"quantity_lots": 9}, {"price_ticks": 9},
        {"type": "market"}, {"time_in_force": "ioc"}, {"reduce_only": True}, {"event_id": "e"},
    ]  # fmt: skip
    assert len({content_hash(intent(**change)) for change in changes} | {base}) == 9
    assert content_hash(intent("other name")) == base


def test_gated_orders_name_the_limits_and_what_was_seen():
    world = quoting()
    gated = ask(world, price=140_000)[0]
    assert isinstance(gated, OrderGated)
    assert gated.limits_version == world.state.rules.version
    assert gated.saw.reference_ticks == 150_000
