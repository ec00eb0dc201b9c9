"""What may be true of a disputed execution: each row of the module's table."""

from dataclasses import replace

import pytest

from edgenode.core.state import outcomes
from edgenode.core.state.execution import Ruling
from tests.core.state.test_execution import WHOSE, execution, said

TEN, FOUR = said(), said(quantity_lots=4)


def ruled(made, *holds, over=None):
    looked_at = made.evidence if over is None else over
    made.ruling = Ruling(tuple(one.content_hash for one in holds), set(looked_at))
    return made


def test_nothing_may_be_otherwise_where_nothing_is_disputed():
    assert outcomes.choices(execution(TEN)) == []
    assert outcomes.choices(ruled(execution(TEN, FOUR), FOUR)) == []


def test_of_corrections_that_contradict_each_other_one_holds():
    carried = replace(said(side="sell", quantity_lots=6), account="desk:suspense")
    corrections = [(1, said(quantity_lots=6)), (1, FOUR)]
    assert outcomes.lots(execution(carried, corrections=corrections)) == {WHOSE: (0, 2)}
    corrections = [(1, carried), (1, FOUR)]
    spans = outcomes.lots(execution(TEN, corrections=corrections))
    assert spans == {WHOSE: (0, 4), ("desk:suspense", "WETH-USDC"): (-6, 0)}


def test_of_several_orders_each_may_be_true_or_not():
    other = said(order_id="O2", side="sell", quantity_lots=4)
    assert outcomes.lots(execution(TEN, other)) == {WHOSE: (-4, 10)}


def test_an_id_that_several_orders_have_may_stand_for_several_executions_of_one():
    other = said(order_id="O2", quantity_lots=3)
    assert outcomes.lots(execution(TEN, FOUR)) == {WHOSE: (0, 6)}, "of one order: one of them"
    assert outcomes.lots(execution(TEN, FOUR, other)) == {WHOSE: (0, 17)}
    corrected = execution(TEN, FOUR, other, corrections=[(1, said(quantity_lots=6))])
    assert outcomes.lots(corrected) == {WHOSE: (0, 23)}, "of which of them, nobody can tell"


@pytest.mark.parametrize(
    ("news", "span"),
    [
        ({"contents": [said(quantity_lots=14)]}, (0, 14)),
        ({"contents": [said(quantity_lots=3)]}, (-7, 3)),
        ({"contents": [said(order_id="O2", quantity_lots=3)]}, (0, 3)),
        ({"corrections": [(1, said(quantity_lots=3))]}, (-7, 0)),
        ({"corrections": [(1, said(order_id="O2", quantity_lots=3))]}, (-10, 3)),
        ({"busted": True}, (-10, 0)),
    ],
)
def test_after_a_decision_what_is_told_may_be_true_instead_or_beside(news, span):
    before = execution(TEN, FOUR).evidence
    contents = news.pop("contents", [])
    made = ruled(execution(TEN, FOUR, *contents, **news), TEN, over=before)
    assert made.disputed
    assert outcomes.lots(made) == {WHOSE: span}


def test_a_correction_to_what_people_decided_ends_the_dispute():
    before = execution(TEN, FOUR).evidence
    made = ruled(execution(TEN, FOUR, corrections=[(1, TEN)]), TEN, over=before)
    assert outcomes.choices(made) == []


def test_what_is_told_of_carried_lots_may_be_carried_too():
    first, second = (
        replace(one, account="desk:suspense") for one in (TEN, said(quantity_lots=14))
    )
    made = execution(first, second)
    made.ruling = Ruling((first.content_hash,), {first.content_hash}, "desk:book")
    assert outcomes.lots(made) == {("desk:book", "WETH-USDC"): (0, 14)}


def test_what_is_told_of_another_account_of_an_order_may_be_true_instead():
    carried = replace(said(side="sell"), account="desk:suspense")
    made = execution(carried, FOUR)
    made.ruling = Ruling((carried.content_hash,), {carried.content_hash}, "desk:book")
    assert outcomes.lots(made) == {("desk:book", "WETH-USDC"): (0, 10), WHOSE: (0, 4)}


def test_any_measure_that_adds_up_has_an_interval():
    made = execution(TEN, said(price_ticks=TEN.price_ticks + 2))
    assert outcomes.lots(made) == {}
    assert outcomes.spread(made, lambda fill: [("ticks", fill.price_ticks)]) == {"ticks": (0, 2)}


BASES = {"WETH-USDC": outcomes.Base("WETH", 100)}


@pytest.mark.parametrize(
    ("fees", "span"),
    [((0, 0), (0, 6)), ((300, 100), (0, 4)), ((350, 100), (0, 4)), ((300, 10), (0, 4)),
     ((900, 0), (-3, 0)), ((-50, 0), (0, 7))],
)  # fmt: skip
def test_a_fee_in_the_base_takes_of_what_may_be_held(fees, span):
    told = [replace(lots, fee_minor=fee, fee_currency="WETH")
            for lots, fee in zip((TEN, FOUR), fees, strict=True)]  # fmt: skip
    assert outcomes.holdings(execution(*told), BASES) == {WHOSE: span}
