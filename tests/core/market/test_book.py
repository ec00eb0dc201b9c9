"""The book against a slow and plain one: sort, scan, nothing clever."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.market.book import Match, Matching, OrderBook


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


kinds = st.sampled_from(["day", "day", "day", "ioc", "fok", "post_only"])
orders = st.tuples(
    st.sampled_from("ABC"), st.sampled_from(["buy", "sell"]),
    st.one_of(st.integers(95, 105), st.none()), st.integers(1, 20), kinds,
)  # fmt: skip
steps = st.lists(st.one_of(orders, st.integers(0, 40)), max_size=60)


@given(steps)
def test_it_executes_as_the_plain_book_does(run):
    ours, plain = Matching(), Plain()
    for index, step in enumerate(run):
        if isinstance(step, int):  # cancel the order submitted then, if it rests
            id_ = str(step)
            row = next((r for r in plain.rows if r[0] == id_), None)
            assert (id_ in ours.book) is (row is not None)
            if row is not None:
                plain.rows.remove(row)
                assert ours.book.remove(id_) == row[4]
            continue
        account, side, price, lots, kind = step
        made = ours.submit(str(index), account, side, price, lots, kind)
        fills, resting = plain.submit(str(index), account, side, price, lots, kind)
        assert list(made.fills) == fills
        assert made.resting_lots == resting
        assert sum(f.lots for f in made.fills) + resting + made.canceled_lots == lots
    assert {(r.order_id, r.lots) for r in ours.book.orders()} == {(r[0], r[4]) for r in plain.rows}
    for side, best in (("buy", max), ("sell", min)):
        prices = [r[3] for r in plain.rows if r[2] == side]
        assert ours.book.best(side) == (best(prices) if prices else None)
        assert sum(lots for _, lots in ours.book.depth(side, 99)) == sum(
            r[4] for r in plain.rows if r[2] == side
        )


def test_a_look_changes_nothing():
    book = OrderBook()
    book.add("1", "A", "sell", 100, 5)
    before = book.orders()
    assert book.match("2", "B", "buy", 100, 9) == ((Match("1", "A", 100, 5),), 4, ())
    assert book.orders() == before


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
