"""What a judgement in progress knows of its order."""

from edgenode.core.observations import OrderAsked
from tests.core.gate.orders import check, hedge, ready
from tests.core.world import intent


def test_a_market_orders_price_is_the_collars_edge():
    world = ready()
    world.policy(price_collar_ppm=10_000)
    market = {"price": None, "type": "market", "time_in_force": "ioc", "lots": 10}
    assert check(world, intent(**market)).price == 151_500
    assert check(world, intent(side="sell", **market)).price == 148_500
    assert check(world, intent(side="sell", **market)).notional == 10 * 148_500 * 100


def test_a_market_order_without_a_reference_has_no_price():
    world = ready(static_reference_ticks=None)
    world.books.clear()
    found = check(world, intent(price=None, type="market", time_in_force="ioc"))
    assert (found.price, found.notional) == (None, None)


def test_a_customers_order_is_judged_as_if_the_desk_took_all_of_it():
    world = ready()
    assert check(world, intent(side="buy", lots=7)).signed == -7
    assert check(world, hedge(7)).signed == 7


def test_texts_carry_the_instruments_and_the_policys_units():
    world = ready()
    found = check(world, intent(lots=7))
    found.fail_lots("EN106", "n", 1, 25)
    found.fail_money("EN107", "n", 1_500_000, 2_000_000, "event:e")
    one, two = found.reasons
    assert (one.limit, one.value, one.unit, one.scope) == ("0.01", "0.25", "WETH", "node")
    assert (two.limit, two.value, two.unit, two.scope) == ("1.50", "2.00", "USDC", "event:e")


def test_a_change_is_judged_knowing_the_order_that_it_changes():
    world = ready()
    gated = world.facts(OrderAsked(intent("T1"), "customer:c1"))[0]
    held = world.state.orders.orders[gated.order_id]
    assert check(world, intent("T2")).replaces is None
    from edgenode.core.gate.check import Check  # noqa: PLC0415  the constructor itself

    assert Check(world.state, world.seen, intent("T2"), world.now, held).replaces is held
