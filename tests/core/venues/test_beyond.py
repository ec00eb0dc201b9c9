"""What an order does not allow is booked all the same, and is a break with its figures."""

import pytest

from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.venue import BustReport, CorrectReport, Finished, NotKnown
from tests.core.orders.sent import fill, say, sent
from tests.core.world import SECOND, WETH


def breaks(world):
    return {found.type: found.detail for found in world.state.breaks.open.values()}


def held(world):
    return world.state.positions.net(DESK_OVERLAY, WETH)


def test_an_execution_beyond_its_limit_is_booked_and_told_with_both_prices():
    world, id_ = sent()
    say(world, fill(id_, price_ticks=300_200))
    assert breaks(world)["beyond_limit"] == (
        "buy 0.40 WETH at 3002.00 USDC, the limit is 1501.00 USDC"
    )
    assert held(world) == 40
    world.assert_refolds()


@pytest.mark.parametrize("price", [1, 150_050, 150_100])
def test_an_execution_within_its_limit_is_no_break(price):
    world, id_ = sent()
    assert say(world, fill(id_, price_ticks=price)) == ["FillRecorded"]


@pytest.mark.parametrize("reason", ["canceled", "expired", "rejected", "never_received"])
@pytest.mark.parametrize("closed", [False, True])
def test_an_execution_after_a_definite_end_is_booked_and_told_with_that_end(reason, closed):
    world, id_ = sent()
    if reason == "never_received":
        for _ in range(2):
            say(world, NotKnown(venue="a", order_id=id_))
            world.now += 10 * SECOND
    else:
        say(world, Finished(venue="a", order_id=id_, reason=reason, cum_lots=0))
    if closed:
        world.close_orders()
    say(world, fill(id_))
    assert breaks(world)["after_end"] == (
        f"buy 0.40 WETH at 1500.50 USDC, after its end as {reason} with 0.00 WETH executed"
    )
    assert held(world) == 40
    world.assert_refolds()


@pytest.mark.parametrize("how", ["bust", "correct"])
def test_what_the_venue_takes_back_or_corrects_is_settled(how):
    world, id_ = sent()
    say(world, fill(id_, price_ticks=300_200))
    right = fill(id_, "x1c", price_ticks=150_100)
    if how == "bust":
        say(world, BustReport(venue="a", venue_account="desk", scope="venue", exec_id="x1",
                              version=1, detail=""))  # fmt: skip
    else:
        say(world, CorrectReport(fill=right, refers_to="x1", version=1))
    assert "beyond_limit" not in breaks(world)
    world.assert_refolds()


def test_a_correction_beyond_the_limit_is_a_break_of_its_own():
    world, id_ = sent()
    say(world, fill(id_))
    say(
        world, CorrectReport(fill=fill(id_, "x1c", price_ticks=150_101), refers_to="x1", version=1)
    )
    assert list(breaks(world)) == ["beyond_limit"]


def test_what_was_ordered_otherwise_is_told_with_what_was_ordered():
    world, id_ = sent()
    say(world, fill(id_, side="sell"))
    assert breaks(world)["not_as_ordered"] == (
        "sell 0.40 WETH at 1500.50 USDC at a; ordered: buy 1.00 WETH up to 1501.00 USDC at a"
    )
