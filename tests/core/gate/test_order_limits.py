"""Rows 4 to 9, 12, 17 and 18: what one order may be, and how many of them."""

from dataclasses import replace

import pytest

from edgenode.core.observations import CancelAsked, Funded, OrderAsked
from edgenode.model.facts import FxRate
from tests.core.gate.orders import codes, declare, hedge, names, ready, reasons
from tests.core.world import SECOND, WETH, intent


@pytest.mark.parametrize("price", [None, 0, -1])
def test_04_a_limit_price_must_be_positive(price):
    assert "EN104" in codes(ready(), intent(price=price))


def test_04_a_market_order_has_no_price_of_its_own():
    world = ready()
    ioc = {"type": "market", "time_in_force": "ioc"}
    assert names(world, intent(price=150_000, **ioc)) == ["market_price"]
    assert codes(world, intent(price=None, **ioc)) == []


def test_05_every_order_needs_a_fresh_reference():
    world = ready(static_reference_ticks=None)
    world.now += 11 * SECOND
    assert "EN105" in codes(world, hedge())
    assert codes(world, intent(price=150_000, lots=1)) == ["EN105"]


def test_05_no_order_is_more_aggressive_than_the_collar():
    world = ready()
    world.policy(price_collar_ppm=10_000)
    assert codes(world, intent(price=151_500, lots=1)) == []
    (reason,) = reasons(world, intent(price=151_501, lots=1))
    assert (reason.code, reason.name) == ("EN105", "price_collar")
    assert (reason.limit, reason.value, reason.unit) == ("1515.00", "1515.01", "USDC")
    assert names(world, intent(side="sell", price=148_499, lots=1)) == ["price_collar"]
    assert codes(world, intent(side="sell", price=148_500, lots=1)) == []
    assert codes(world, intent(price=1_000, lots=10)) == []  # passive: far from harm


@pytest.mark.parametrize(("lots", "name"), [(0, "quantity_min"), (100_001, "quantity_max")])
def test_06_quantity_within_the_instruments_range(lots, name):
    assert name in names(ready(), intent(lots=lots))


def test_07_notional_of_one_order():
    world = ready()
    (reason,) = reasons(world, intent(lots=1_667, price=150_000))
    assert (reason.code, reason.limit, reason.value) == ("EN107", "25000.00", "25005.00")
    assert codes(world, intent(lots=1_666, price=150_000)) == []


def test_09_message_rate_per_venue_and_market_second():
    world = ready()
    for index in range(100):
        world.observe(OrderAsked(intent(f"R{index}", lots=1, price=10_000), "customer:c1"))
    assert "EN109" in codes(world, intent("R100", lots=1, price=10_000))
    assert "EN109" not in codes(world, hedge(1))  # another venue
    world.now += SECOND
    assert "EN109" not in codes(world, intent("R100", lots=1, price=10_000))


def test_08_notional_below_the_venues_minimum():
    world = ready()
    world.adopt(replace(world.state.rules.instruments[WETH], notional_minor_min=15_000_001))
    assert names(world, intent(lots=1, price=150_000)) == ["order_notional_min"]
    assert codes(world, intent(lots=2, price=150_000)) == []


def test_09_message_rate_per_micro_event():
    world = ready()
    world.policy(event_orders_per_s_max=3)
    declare(world, "drop")
    for index in range(3):
        world.observe(OrderAsked(intent(f"E{index}", lots=1), "customer:c1"))
    (reason,) = reasons(world, hedge(1))
    assert (reason.code, reason.scope) == ("EN109", "event:drop")
    assert codes(world, hedge(1, event_id="none")) == []


def test_12_open_orders_and_open_notional_of_an_account():
    world = ready()
    world.policy(open_orders_max=2, open_notional_max=3_000 * 10**6)
    world.observe(OrderAsked(intent("A", lots=100, price=140_000), "customer:c1"))
    (reason,) = reasons(world, intent("B", lots=115, price=140_000))
    assert (reason.name, reason.limit, reason.value) == (
        "open_notional_max", "3000.00", "3010.00",
    )  # fmt: skip
    world.observe(OrderAsked(intent("B", lots=100, price=140_000), "customer:c1"))
    (reason,) = reasons(world, intent("C", lots=1, price=140_000))
    assert (reason.name, reason.limit, reason.value) == ("open_orders_max", "2", "3")
    assert codes(world, hedge(1)) == []  # another account


def other_instrument(world, id_="BTC-EUR", **changes):
    """Return the world a second instrument of the same grid, with a book at venue a."""
    world.adopt(replace(world.state.rules.instruments[WETH], id=id_, **changes))
    world.books["a", id_] = replace(world.books["a", WETH], instrument=id_)
    return id_


def test_12_an_accounts_open_orders_count_over_all_instruments():
    world = ready()
    name = other_instrument(world)
    world.policy(open_orders_max=2, open_notional_max=3_000 * 10**6)
    world.observe(OrderAsked(intent("A", lots=100, price=140_000), "customer:c1"))
    (reason,) = reasons(world, intent("B", lots=115, price=140_000, instrument=name))
    assert (reason.name, reason.scope, reason.value) == (
        "open_notional_max", "account:customer:c1", "3010.00",
    )  # fmt: skip
    world.observe(OrderAsked(intent("B", lots=1, price=140_000, instrument=name), "customer:c1"))
    (reason,) = reasons(world, intent("C", lots=1, price=140_000))
    assert (reason.name, reason.value) == ("open_orders_max", "3")
    for order in list(world.state.orders.orders.values()):
        world.observe(CancelAsked(order.gated.order_id, "customer:c1"))
    assert world.state.orders.loads("customer:c1") == {}
    world.assert_refolds()


def test_12_open_orders_whose_worth_cannot_be_told_count_as_too_much():
    world = ready()
    name = other_instrument(  # in cents, by whole units
        world, quote="EUR", quantity_decimals=0, tick_lot_minor=1, notional_minor_min=100
    )
    rate = FxRate(at_ns=world.now, base="EUR", quote="USDC", bid_ppb=10**9, ask_ppb=10**9,
                  as_of=world.now, source="s")  # fmt: skip
    world.adopt(rate)
    world.observe(Funded(account="customer:c1", venue="local", currency="EUR", instrument=None,
                         amount=10**12, reference=""))  # fmt: skip
    world.observe(OrderAsked(intent("A", lots=1, price=140_000, instrument=name), "customer:c1"))
    assert codes(world, intent("B", lots=1, price=140_000)) == []
    world.now += 3_601 * SECOND
    world.publish("a", 150_000)
    assert names(world, intent("B", lots=1, price=140_000)) == ["open_notional_unknown"]


def test_17_an_order_never_crosses_an_own_one_at_an_outside_venue():
    world = ready()
    world.observe(OrderAsked(hedge(10, "sell", price=150_050, name="S"), "rule:overlay"))
    assert names(world, hedge(1, price=150_050)) == ["self_trade"]
    assert codes(world, hedge(1, price=150_049)) == []
    assert codes(world, hedge(1, price=150_050, venue="b")) == []
    ioc = hedge(10, "sell", price=150_050, name="I", venue="b", time_in_force="ioc")
    world.observe(OrderAsked(ioc, "rule:overlay"))  # it rests nowhere, so nothing can meet it
    assert codes(world, hedge(1, price=150_050, venue="b")) == []


def test_18_an_outside_venue_needs_a_book_that_is_young_enough():
    world = ready()
    world.now += 20 * SECOND
    (reason,) = reasons(world, hedge(1))
    assert (reason.code, reason.limit, reason.value) == ("EN118", "10000", "20000")
    assert codes(world, hedge(1, venue="b")) == []  # it may be 45 s old
    del world.books["b", WETH]
    assert names(world, hedge(1, venue="b")) == ["market_data"]
