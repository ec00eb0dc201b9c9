"""What a decision is worth: the larger of what it moves and of how far apart the outcomes lie."""

from dataclasses import replace

import pytest

from edgenode.core.breaks import amounts
from tests.core.state.test_fills import recorded
from tests.core.world import WETH, World

LOT = 150_000 * 100  # one lot at the price below, in the policy's smallest unit


def made(lots, side="buy", **more):
    name = f"{side}{lots}"
    return replace(
        recorded("e1"), instrument=WETH, side=side, quantity_lots=lots, price_ticks=150_000,
        fee_minor=0, fee_counted_minor=0, content_hash=name.encode(), **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "told", "lots"),
    [
        ([], [made(9)], [made(9)], 9),
        ([made(9)], [], [made(9)], 9),
        ([made(10)], [made(10)], [made(10), made(9_000)], 8_990),
        ([made(10)], [made(9_000)], [made(10), made(9_000)], 9_010),
        ([], [made(5)], [made(5), made(5, "sell")], 10),
        ([], [made(4)], [made(4), made(3, order_id="O2")], 7),
        ([made(9)], [made(9, account="desk:book")], [made(9)], 9),
    ],
)
def test_the_larger_of_what_moves_and_of_what_may_be_counts(before, after, told, lots):
    world = World()
    several = len({one.order_id for one in told}) > 1
    found = amounts.of_execution(
        world.state, tuple(before), tuple(after), tuple(told), world.now, several=several
    )
    assert found == lots * LOT


def test_without_a_rate_there_is_no_amount():
    world = World()
    world.state.rules.policy = None
    assert amounts.of_booked(world.state, (made(1),), world.now) is None
    assert amounts.of_rest(world.state, "NONE", 1, world.now) is None
