"""The book against a slow and plain one: sort, scan, nothing clever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.market.book import SWEEP_ABOVE, Match, Matching, OrderBook


class Plain:
    """Price-time priority, self-trade prevention by removing the resting order; O(n)."""

    def __init__(self):
        self.rows = []  # [id, account, side, price, lots] in time order

    def submit(self, id_, account, side, price, lots, kind):
        against = [r for r in self.rows if r[2] != side]
        if price is not None:
            keep = (lambda p: p <= price) if side == "buy" else (lambda p: p >= price)
            against = [r for r in against if keep(r[3])]
        against.sort(key=lambda r: r[3] if side == "buy" else -r[3])  # stable: time within price
        fills, prevented, left = [], [], lots
        for row in against:
            if not left:
                break
            if row[1] == account:
                prevented.append(row)
                continue
            take = min(left, row[4])
            fills.append((row, take))
            left -= take
        if (kind == "fok" and left) or (kind == "post_only" and fills):
            return [], 0
        for row in prevented:
            self.rows.remove(row)
        made = []
        for row, take in fills:
            made.append(Match(row[0], row[1], row[3], take))
            row[4] -= take
            if not row[4]:
                self.rows.remove(row)
        if left and price is not None and kind in {"day", "post_only"}:
            self.rows.append([id_, account, side, price, left])
            return made, left
        return made, 0


def looking(book, id_, account, side, price, lots, kind):  # noqa: PLR0917
    """As a ledger does it: look, record each thing that follows, let it take effect."""
    seen = book.match(id_, account, side, price, lots)
    if (kind == "fok" and seen.remaining_lots) or (kind == "post_only" and seen.fills):
        return (), 0, lots
    for own in seen.prevented:
        book.remove(own)
    for fill in seen.fills:
        book.reduce(fill.resting_id, fill.lots)
    left = seen.remaining_lots
    if left and price is not None and kind in {"day", "post_only"}:
        book.add(id_, account, side, price, left)
        return seen.fills, left, 0
    return seen.fills, 0, left


kinds = st.sampled_from(["day", "day", "day", "ioc", "fok", "post_only"])
orders = st.tuples(
    st.sampled_from("ABC"), st.sampled_from(["buy", "sell"]),
    st.one_of(st.integers(95, 105), st.none()), st.integers(1, 20), kinds,
)  # fmt: skip
steps = st.lists(st.one_of(orders, st.integers(0, 40)), max_size=60)


@pytest.mark.parametrize(
    ("make", "submit"), [(Matching, Matching.submit), (OrderBook, looking)], ids=["own", "ledger"]
)
@given(run=steps)
def test_it_executes_as_the_plain_book_does(make, submit, run):
    ours, plain = make(), Plain()
    for index, step in enumerate(run):
        if isinstance(step, int):  # cancel the order submitted then, if it rests
            id_ = str(step)
            row = next((r for r in plain.rows if r[0] == id_), None)
            assert (id_ in ours) is (row is not None)
            if row is not None:
                plain.rows.remove(row)
                assert ours.remove(id_) == row[4]
            continue
        account, side, price, lots, kind = step
        made = submit(ours, str(index), account, side, price, lots, kind)
        fills, resting = plain.submit(str(index), account, side, price, lots, kind)
        executions, resting_lots, canceled_lots = made
        assert list(executions) == fills
        assert resting_lots == resting
        assert sum(f[3] for f in executions) + resting + canceled_lots == lots
    assert {(r.order_id, r.lots) for r in ours.orders()} == {(r[0], r[4]) for r in plain.rows}
    for side, best in (("buy", max), ("sell", min)):
        prices = [r[3] for r in plain.rows if r[2] == side]
        assert ours.best(side) == (best(prices) if prices else None)
        assert sum(lots for _, lots in ours.depth(side, 99)) == sum(
            r[4] for r in plain.rows if r[2] == side
        )


def test_a_look_changes_nothing():
    book = OrderBook()
    book.add("1", "A", "sell", 100, 5)
    before = book.orders()
    assert book.match("2", "B", "buy", 100, 9) == ((Match("1", "A", 100, 5),), 4, ())
    assert book.orders() == before


def test_what_was_taken_or_canceled_at_the_front_is_walked_over_once():
    book = OrderBook()
    for number in range(2 * SWEEP_ABOVE):  # orders that nothing meets: no sweep will come
        book.add(f"deep{number}", "A", "sell", 200, 1)
    for number in range(SWEEP_ABOVE):
        book.add(f"taken{number}", "A", "sell", 100 + number % 3, 1)
        book.add(f"canceled{number}", "A", "sell", 100 + number % 3, 1)
    for number in range(SWEEP_ABOVE):
        book.remove(f"canceled{number}")
    for _ in range(SWEEP_ABOVE):
        assert looking(book, "new", "B", "buy", 102, 1, "ioc")[2] == 0
    assert book.best("sell") == 200
    assert len(book._sells.queues) == len(book._sells.prices) == 1
    assert len(book._lots) == len(book) == 2 * SWEEP_ABOVE


def test_a_partly_executed_order_keeps_its_place():
    book = OrderBook()
    for id_ in ("1", "2"):
        book.add(id_, id_, "sell", 100, 5)
    book.reduce("1", 3)
    assert [m.resting_id for m in book.match("9", "C", "buy", None, 4).fills] == ["1", "2"]
    assert len(book) == 2


def test_own_resting_orders_are_named_and_never_matched():
    book = OrderBook()
    book.add("own", "A", "sell", 100, 5)
    book.add("other", "B", "sell", 101, 5)
    found = book.match("new", "A", "buy", 101, 5)
    assert [m.resting_id for m in found.fills] == ["other"]
    assert found.prevented == ("own",)


def test_an_order_that_rests_again_is_behind_the_others():
    book = OrderBook()
    for id_ in ("1", "2"):
        book.add(id_, id_, "sell", 100, 5)
    assert book.remove("1") == 5
    assert "1" not in book
    book.add("1", "1", "sell", 100, 7)
    assert [m[::3] for m in book.match("9", "C", "buy", None, 12).fills] == [("2", 5), ("1", 7)]
    assert book.remove("1") == 7
    book.add("1", "1", "buy", 99, 3)
    assert book.depth("sell", 9) == [(100, 5)]
    assert book.depth("buy", 9) == [(99, 3)]
    assert len(book) == 2


def test_an_order_is_removed_once():
    book = OrderBook()
    book.add("1", "A", "sell", 100, 5)
    book.remove("1")
    with pytest.raises(KeyError):
        book.remove("1")
    assert book.lots("1") == len(book) == 0


def test_tombstones_are_swept_and_nothing_else():
    book = OrderBook()
    kept = []
    for number in range(4 * SWEEP_ABOVE):
        side = "buy" if number % 2 else "sell"
        price = 100 - number % 7 if side == "buy" else 101 + number % 7
        book.add(str(number), "A", side, price, 1 + number)
    for number in range(4 * SWEEP_ABOVE):
        if number % 5:
            assert book.remove(str(number)) == 1 + number
        else:
            kept.append(str(number))
    assert len(book) == len(kept)
    assert sorted(kept) == sorted(r.order_id for r in book.orders())
    assert [price for price, _ in book.depth("buy", 9)] == list(range(100, 93, -1))
    assert [price for price, _ in book.depth("sell", 9)] == list(range(101, 108))
