"""What a newer ledger makes of later words on what an older one had executed, or left open."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import Reported, Tick
from edgenode.daemon import paper
from edgenode.model.venue import (
    Acked,
    BustReport,
    CorrectReport,
    Finished,
    NotAnswered,
    NotKnown,
)
from tests.core.breaks.test_history import STEPS, late, lived, past_of, profit, rekeyed
from tests.core.hedge.laws import assert_programmes
from tests.core.state.test_escrow import hedge
from tests.core.test_lives import assert_adds_up
from tests.core.world import SECOND, START


def granted(world, older, prefix):
    """Let the newer ledger have grants: the desk may name them as the older one's."""
    for grant in paper.grants(older.figures, START):
        world.adopt(replace(grant, id=prefix + grant.id))
    return {a.grant.kind: a for a in world.state.grants.accounts.values()}


@settings(deadline=None, max_examples=40)
@given(STEPS, st.sampled_from(["", "new-"]), st.sampled_from(["buy", "sell"]))
def test_what_an_older_ledger_spent_is_neither_refilled_nor_charged_here(steps, prefix, side):
    old, venue = lived([("fill", 1, 30, 0, "USDC"), ("fill", 2, 20, 0, "USDC"), *steps])
    new = rekeyed(old, past_of(old))
    grants = granted(new, old, prefix)
    profit(new)  # a fresh reference
    for number, way in enumerate(("buy", side)):
        order = hedge(new, f"N{number}", side=way, lots=30, price=150_000)
        told = replace(late(order.order_id, 30), exec_id=f"n{number}", side=way)
        new.observe(Reported(told))
    spent = grants["cash"].spent, grants["cost"].spent
    assert spent[0] > 0 or side == "sell"
    for report in venue.fills:
        taken_back = BustReport(
            venue="a", venue_account="desk", scope="venue", exec_id=report.exec_id,
            version=2, detail="",
        )  # fmt: skip
        new.observe(Reported(taken_back))
    assert (grants["cash"].spent, grants["cost"].spent) == spent
    new.assert_refolds()


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("prefix", ["", "new-"])
def test_of_a_carried_execution_that_is_corrected_only_the_difference_is_charged(closed, prefix):
    old, venue = lived([("fill", 1, 60, 0, "USDC")])
    if closed:
        venue.tell(BustReport(venue="a", venue_account="desk", scope="venue", exec_id="other",
                              version=1, detail=""))  # fmt: skip
        old.close_orders()
    new = rekeyed(old, past_of(old))
    cash = granted(new, old, prefix)["cash"]
    first, each = venue.fills[0], 150_000 * 100
    for number, (lots, charged) in enumerate([(30, 0), (50, 10), (45, 5), (10, 0), (60, 20)]):
        right = replace(first, exec_id=f"c{number}", quantity_lots=lots)
        fixed = CorrectReport(fill=right, refers_to=first.exec_id, version=number + 1)
        new.observe(Reported(fixed))
        assert cash.spent == charged * each
    new.observe(Reported(BustReport(venue="a", venue_account="desk", scope="venue",
                                    exec_id=first.exec_id, version=9, detail="")))  # fmt: skip
    assert cash.spent == 0
    new.assert_refolds()


SAID = st.lists(
    st.tuples(
        st.sampled_from(["works", "fill", "fill", "end", "count", "unknown", "silent", "bust",
                         "correct", "tick"]),
        st.integers(0, 5), st.integers(1, 60), st.sampled_from([0, 900]),
    ),
    max_size=12,
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(STEPS, SAID, st.sampled_from([None, "", "new-"]))
def test_whatever_a_venue_says_of_a_carried_order_the_newer_ledger_takes_it(steps, said, prefix):
    old, venue = lived([("fill", 1, 60, 0, "USDC"), ("fill", 2, 50, 0, "USDC"), *steps])
    new = rekeyed(old, past_of(old))
    if prefix is not None:
        granted(new, old, prefix)
    for number, (kind, which, lots, fee) in enumerate(said):
        order = venue.orders[which % len(venue.orders)]
        named = {"venue": "a", "order_id": order.order_id}
        told = replace(late(order.order_id, lots), exec_id=f"n{number}", side=order.side,
                       fee_minor=fee)  # fmt: skip
        known = venue.fills[which % len(venue.fills)].exec_id
        new.now += 11 * SECOND
        profit(new)
        new.observe({
            "works": Reported(Acked(**named)),
            "fill": Reported(told),
            "end": Reported(Finished(**named, reason="canceled", cum_lots=lots)),
            "count": Reported(Finished(**named, reason="canceled", cum_lots=60)),
            "unknown": Reported(NotKnown(**named, snapshot_read=True)),
            "silent": Reported(NotAnswered(**named, detail="")),
            "bust": Reported(BustReport(venue="a", venue_account="desk", scope="venue",
                                        exec_id=known, version=1, detail="")),
            "correct": Reported(CorrectReport(fill=told, refers_to=known, version=number)),
            "tick": Tick(),
        }[kind])  # fmt: skip
        assert_adds_up(new.state)
        assert_programmes(new.state)
    new.assert_refolds()
