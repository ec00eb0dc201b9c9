"""The call auction, held against a plain search over all prices."""

import random

import pytest

from edgenode.core.market.auction import NOTHING_MET, clear
from edgenode.core.market.book import OrderBook, Resting


def book(*rows):
    made = OrderBook()
    for index, (side, price, lots, *account) in enumerate(rows):
        made.add(f"o{index}", account[0] if account else f"c{index}", side, price, lots)
    return made


def test_the_price_executes_the_most_lots():
    made = book(("buy", 102, 10), ("buy", 101, 5), ("sell", 99, 8), ("sell", 101, 6))
    found = clear(made, 100)
    assert (found.price_ticks, found.lots) == (101, 14)
    assert [(p.buy.order_id, p.sell.order_id, p.lots) for p in found.pairs] == [
        ("o0", "o2", 8), ("o0", "o3", 2), ("o1", "o3", 4),
    ]  # fmt: skip


@pytest.mark.parametrize(("reference", "price"), [(105, 105), (90, 100), (200, 110), (None, 100)])
def test_of_equal_prices_the_nearest_to_the_reference(reference, price):
    rows = [("buy", 110, 10), ("sell", 100, 10)]
    extra = [("buy", 105, 1), ("sell", 105, 1)]
    if reference == 105:
        found = clear(book(*rows, *extra), reference)
        assert found.price_ticks == 105
        return
    assert clear(book(*rows), reference).price_ticks == price


def test_the_fewest_lots_left_over_come_before_the_reference():
    made = book(("buy", 110, 10), ("sell", 100, 5), ("sell", 108, 5), ("sell", 110, 3))
    assert clear(made, 110).price_ticks == 108


def test_nothing_meets_where_no_buy_reaches_a_sell():
    assert clear(book(("buy", 99, 10), ("sell", 100, 5)), 100) == NOTHING_MET
    assert clear(book(), None) == NOTHING_MET
    assert clear(book(("buy", 99, 10)), None) == NOTHING_MET


def test_time_comes_before_size_at_one_price():
    made = book(("sell", 100, 3), ("sell", 100, 9), ("buy", 100, 5))
    assert [(p.sell.order_id, p.lots) for p in clear(made, None).pairs] == [("o0", 3), ("o1", 2)]


def test_two_orders_of_one_account_never_meet_and_the_sell_gives_way():
    made = book(("buy", 101, 5, "c"), ("sell", 100, 5, "c"), ("sell", 101, 4, "d"))
    found = clear(made, 100)
    assert found.prevented == ("o1",)
    assert [(p.buy.account, p.sell.account, p.lots) for p in found.pairs] == [("c", "d", 4)]


def test_an_account_whose_orders_cross_sells_to_nobody_and_the_price_is_found_without_it():
    made = book(
        ("buy", 102, 5, "c"), ("buy", 101, 5, "d"), ("sell", 99, 5, "c"), ("sell", 103, 5, "c"),
        ("sell", 101, 5, "e"),
    )  # fmt: skip
    found = clear(made, 100)
    assert found.prevented == ("o2",)  # the one above its own buy rests on
    assert [(p.buy.account, p.sell.account, p.lots) for p in found.pairs] == [("c", "e", 5)]


class Watched(Resting):
    """A resting order that counts how often anything of it is looked at."""

    looks = 0

    def __getattribute__(self, name):
        Watched.looks += 1
        return super().__getattribute__(name)


class Shown:
    def __init__(self, resting):
        self.orders = lambda: resting


@pytest.mark.parametrize("orders", [500, 4_000])
def test_the_work_grows_with_the_orders_not_with_their_pairs(orders):
    """As many prices as orders, half of the buys sharing the sellers' account."""
    made = OrderBook()
    for k in range(orders // 2):
        made.add(f"b{k}", f"c{k % 2}", "buy", 100_000 + k, 1)
        made.add(f"s{k}", "c0" if k % 4 else "d", "sell", 100_000 + k, 1)
    resting = [Watched(*r) for r in made.orders()]
    Watched.looks = 0
    found = clear(Shown(resting), None)
    assert Watched.looks <= 20 * orders
    assert found.prevented
    assert found.pairs
    assert all(p.buy.account != p.sell.account for p in found.pairs)


def test_against_a_plain_search_over_all_prices():
    rng = random.Random(7)
    for _ in range(400):
        rows = [
            (rng.choice(("buy", "sell")), rng.randint(95, 105), rng.randint(1, 9))
            for _ in range(rng.randint(0, 14))
        ]
        found = clear(book(*rows), 100)

        def volume(price, rows=rows):
            buys = sum(n for side, p, n in rows if side == "buy" and p >= price)
            return min(buys, sum(n for side, p, n in rows if side == "sell" and p <= price))

        assert found.lots == max(map(volume, range(94, 107)))
        if found.pairs:
            assert volume(found.price_ticks) == found.lots
            assert all(p.buy.price_ticks >= found.price_ticks for p in found.pairs)
            assert all(p.sell.price_ticks <= found.price_ticks for p in found.pairs)
