from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.reservations import Reservations, UnwindKey
from edgenode.model.facts import Reserved

KEY = UnwindKey("e1", "WETH-USDC")


def row(amount, kind="cost", grant="g1"):
    return Reserved(grant=grant, kind=kind, amount=amount, unit="USDC")


@given(st.integers(1, 10**12), st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_what_is_left_covers_the_rest_and_all_comes_free_in_the_end(amount, fills):
    held = Reservations(orders={"O": (row(amount),)})
    lots = total = sum(fills)
    freed = 0
    for fill in fills:
        freed += sum(r.amount for r in held.shrink("O", before_lots=lots, after_lots=lots - fill))
        lots -= fill
        left = sum(r.amount for r in held.orders.get("O", ()))
        assert left * total >= amount * lots  # never less than the open share
        assert left + freed == amount
    assert (freed, held.orders) == (amount, {})


def test_an_unknown_order_frees_nothing():
    assert Reservations().shrink("O", before_lots=0, after_lots=0) == ()


def test_rows_kept_for_closing_join_by_grant_and_leave_together():
    held = Reservations()
    held.keep(KEY, [row(5, "unwind"), row(7, "unwind"), row(1, "unwind", "g2")])
    assert [(r.grant, r.amount) for r in held.kept[KEY]] == [("g1", 12), ("g2", 1)]
    assert sum(r.amount for r in held.drop(KEY)) == 13
    assert held.drop(KEY) == ()
