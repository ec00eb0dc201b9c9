"""What a judgement in progress knows of its order."""

from dataclasses import replace

from edgenode.core.gate.check import NOTHING_REPLACED, Check, Replaced
from edgenode.core.gate.terms import terms_of
from edgenode.core.observations import OrderAsked
from tests.core.gate.orders import check, hedge, ready
from tests.core.world import intent


def test_a_market_orders_price_is_the_collars_edge():
    world = ready()
    world.policy(price_collar_ppm=10_000)
    market = {"price": None, "type": "market", "time_in_force": "ioc", "lots": 10}
    assert check(world, intent(**market)).price == 151_500
    assert check(world, intent(side="sell", **market)).price == 148_500
    assert check(world, intent(side="sell", **market)).notional == 10 * 151_500 * 100


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


def test_a_change_is_judged_without_the_order_whose_place_it_takes():
    world = ready()
    ask = intent("T1", account="desk:book", lots=100, price=140_000)
    gated = world.facts(OrderAsked(ask, "desk"))[0]
    order = world.state.orders.orders[gated.order_id]
    replaced = Replaced.of(world.state, order)
    assert (replaced.buys, replaced.sells, replaced.tick_lots) == (100, 0, 100 * 140_000)
    assert replaced.held == gated.reserved
    again = replace(ask, client_order_id="T2")
    terms = terms_of(world.state, world.seen, again, world.now)
    change = Check(terms, world.state, world.seen, again, world.now, replaced)
    assert world.exposure().net.worst == 100
    assert (change.exposure.net.worst, change.freed_lots, change.open_lots) == (0, 100, 100)
    assert check(world, intent("T2")).replaces == NOTHING_REPLACED
