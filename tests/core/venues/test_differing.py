"""One execution in several presentations is one; a real difference is told as one."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import Reported
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.venue import CorrectReport
from tests.core.orders.sent import fill, say, sent
from tests.core.world import WETH
from tests.examples import examples

NS = 1_658_943_600_123_456_789
TIMES = [NS // unit * unit for unit in (1, 10**3, 10**6, 10**9)] + [NS // 10**6, NS // 10**9, 0]


def detail(world):
    (found,) = [b for b in world.state.breaks.open.values() if b.type == "fill_content"]
    return found.detail


@settings(max_examples=examples(60))
@given(st.lists(st.sampled_from(TIMES), min_size=1, max_size=6), st.booleans())
def test_another_precision_of_time_is_the_same_execution(times, closed):
    world, id_ = sent()
    said = [say(world, fill(id_, lots=100, venue_time_ns=times[0]))]
    if closed:
        world.close_orders()
    said += [say(world, fill(id_, lots=100, venue_time_ns=at)) for at in times[1:]]
    assert said == [["FillRecorded", "OrderDone"], *[[]] * (len(times) - 1)]
    assert world.exposure().overlay_agreed == 100


@settings(max_examples=examples(60))
@given(st.permutations([0, 0, 100, 100]), st.lists(st.booleans(), min_size=4, max_size=4))
def test_a_fee_that_comes_later_is_booked_once_in_any_order(fees, closes):
    world, id_ = sent()
    for fee, closed in zip(fees, closes, strict=True):
        world.observe(
            Reported(fill(id_, lots=100, fee_minor=fee, fee_currency="USDC" if fee else ""))
        )
        if closed:
            world.close_orders()
    other, other_id = sent()
    other.observe(Reported(fill(other_id, lots=100, fee_minor=100)))
    assert world.state.wallet.balances == other.state.wallet.balances
    spent = [a.spent for a in world.state.grants.accounts.values()]
    assert spent == [a.spent for a in other.state.grants.accounts.values()]
    assert world.state.breaks.open == {}
    assert world.state.positions.net(DESK_OVERLAY, WETH) == 100
    world.assert_refolds()


def test_a_later_fee_is_a_fact_of_its_own():
    world, id_ = sent()
    say(world, fill(id_, fee_minor=0))
    assert say(world, fill(id_, fee_minor=100)) == ["FeeRecorded"]
    assert say(world, fill(id_, fee_minor=100)) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quantity_lots": 41}, "quantity 0.40 WETH, now 0.41 WETH"),
        ({"price_ticks": 150_060}, "price 1500.50 USDC, now 1500.60 USDC"),
        ({"fee_minor": 200}, "fee 0.0001 USDC, now 0.0002 USDC"),
        ({"side": "sell"}, "side buy, now sell"),
        ({"quantity_lots": 41, "price_ticks": 150_060},
         "quantity 0.40 WETH, now 0.41 WETH; price 1500.50 USDC, now 1500.60 USDC"),
    ],
)  # fmt: skip
def test_a_difference_is_a_dispute_that_shows_it(changes, told):
    world, id_ = sent()
    say(world, fill(id_))
    assert "FillDisputed" in say(world, replace(fill(id_), **changes))
    assert detail(world) == told
    world.assert_refolds()


def test_another_order_is_a_dispute_that_names_both():
    world, id_ = sent()
    say(world, fill(id_))
    say(world, fill("SOMEONE"))
    assert detail(world) == f"order {id_}, now SOMEONE"


def test_a_correction_told_in_another_precision_is_the_same_correction():
    world, id_ = sent()
    say(world, fill(id_))
    for at in TIMES:
        right = fill(id_, "x1c", lots=30, venue_time_ns=at)
        said = say(world, CorrectReport(fill=right, refers_to="x1", version=1))
        assert ("FillCorrected" in said) is (at == TIMES[0])
    assert world.exposure().overlay_agreed == 30
