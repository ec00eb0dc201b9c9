"""Limits on money judge an order at the worst price at which it can execute."""

import pytest

from edgenode.core.gate.worst_price import best_bid, worst_price
from edgenode.core.observations import OrderAsked
from tests.core.gate.orders import hedge, names, ready, reasons
from tests.core.world import WETH, intent

USDC = 10**6


@pytest.mark.parametrize(
    ("side", "limit", "upper", "bid", "worst"),
    [
        ("buy", 90, 110, 120, 90), ("sell", 90, 110, None, 110), ("sell", 90, 110, 120, 120),
        ("sell", 130, 110, 120, 130),
    ],
)  # fmt: skip
def test_a_buy_pays_its_limit_and_a_sell_takes_the_highest_of_all(side, limit, upper, bid, worst):
    assert worst_price(side, limit, upper, bid) == worst


def test_the_best_bid_of_the_local_book_and_of_a_venue():
    world = ready()
    assert best_bid(world.state, world.seen, "local", WETH) is None
    world.observe(OrderAsked(intent("B", price=149_000, lots=5), "customer:c1"))
    assert best_bid(world.state, world.seen, "local", WETH) == 149_000
    assert best_bid(world.state, world.seen, "a", WETH) == 149_995
    assert best_bid(world.state, world.seen, "nowhere", WETH) is None


def test_a_sell_far_below_the_bids_is_judged_at_the_collars_upper_edge():
    world = ready(order_notional_max=25_000, funds_lots=10_000)
    world.policy(price_collar_ppm=250_000)
    passing = 25_000 * USDC // (187_500 * 100)
    assert names(world, intent("S", side="sell", price=112_600, lots=passing)) == []
    (reason,) = reasons(world, intent("S", side="sell", price=112_600, lots=passing + 1))
    assert (reason.name, reason.value) == ("order_notional_max", "25012.50")


def test_a_sell_is_judged_at_a_bid_above_the_collar():
    world = ready(order_notional_max=1_550)
    world.policy(price_collar_ppm=1_000)
    world.publish("b", 160_000)
    assert names(world, hedge(100, "sell", price=150_000)) == []
    found = names(world, intent("X", account="desk:overlay", venue="b", side="sell", lots=100,
                                price=150_000, time_in_force="ioc"))  # fmt: skip
    assert "order_notional_max" in found


def test_open_sells_count_at_their_worst_price():
    world = ready()
    world.policy(open_notional_max=3_000 * USDC, price_collar_ppm=100_000)
    world.observe(OrderAsked(intent("S", side="sell", price=151_000, lots=100), "customer:c1"))
    (reason,) = reasons(world, intent("T", side="sell", price=151_000, lots=82))
    assert (reason.name, reason.value) == ("open_notional_max", "3003.00")
    assert names(world, intent("T", side="sell", price=151_000, lots=81)) == []


def test_gross_exposure_counts_a_sell_at_its_worst_price():
    world = ready()
    world.policy(gross_notional_max=1_600 * USDC, price_collar_ppm=100_000)
    ask = intent("S", account="desk:book", side="sell", price=151_000, lots=97)
    assert "gross_exposure_max" in names(world, ask)
    assert "gross_exposure_max" not in names(
        world, intent("B", account="desk:book", price=149_000, lots=97)
    )


def test_a_sells_fees_are_held_at_its_worst_price():
    world = ready()
    (gated, *_) = world.facts(OrderAsked(hedge(100, "sell", price=150_000), "rule:overlay"))
    cost = sum(row.amount for row in gated.reserved if row.kind == "cost")
    assert gated.saw.worst_ticks == 187_500  # the collar is 25 %
    assert cost == 187_500 * 100 * 100 * 500 // 10**6
