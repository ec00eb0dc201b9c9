from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.programmes import ProgrammeKey
from edgenode.core.state.reservations import KeptRoom, Reservations
from edgenode.model.facts import Reserved

KEY = ProgrammeKey("desk:overlay", "WETH-USDC")


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


def held_rows():
    held = Reservations()
    held.keep(KEY, "e1", [row(5, "unwind"), row(7, "unwind"), row(1, "unwind", "g2")])
    held.keep(KEY, "e2", [row(4, "unwind")])
    return held


def test_rows_kept_for_closing_join_by_event_and_grant():
    held = held_rows()
    assert held.kept[KEY] == (
        KeptRoom("e1", "cost", "g1", "USDC", 12), KeptRoom("e1", "cost", "g2", "USDC", 1),
        KeptRoom("e2", "cost", "g1", "USDC", 4),
    )  # fmt: skip
    assert held.kept_for(KEY, "cost") == 17
    assert held.canonical()[1] == [
        ["desk:overlay", "WETH-USDC",
         [["e1", "cost", "g1", "USDC", 12], ["e1", "cost", "g2", "USDC", 1],
          ["e2", "cost", "g1", "USDC", 4]]],
    ]  # fmt: skip


def test_what_is_drawn_comes_from_its_grant_and_from_its_own_event_first():
    held = held_rows()
    assert held.unkeep(KEY, row(6), "e2") == [
        KeptRoom("e2", "cost", "g1", "USDC", 4), KeptRoom("e1", "cost", "g1", "USDC", 2),
    ]  # fmt: skip
    assert held.unkeep(KEY, row(99), "e3") == [KeptRoom("e1", "cost", "g1", "USDC", 10)]
    assert held.kept[KEY] == (KeptRoom("e1", "cost", "g2", "USDC", 1),)


def test_what_is_kept_beyond_a_measure_is_given_back():
    held = held_rows()
    assert held.trim(KEY, "cost", 20) == []
    given = held.trim(KEY, "cost", 10)
    assert (sum(kept.amount for kept in given), held.kept_for(KEY, "cost")) == (7, 10)
    held.trim(KEY, "cost", 0)
    assert held.kept == {}
