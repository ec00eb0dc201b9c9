"""What an execution adds to each sum that a limit is held against."""

from edgenode.core.state import doubts
from edgenode.core.state.doubts import measured
from tests.core.risk.test_doubt import OVERLAY, reused
from tests.core.world import WETH


def test_an_execution_adds_lots_money_cash_and_cost():
    world = reused()
    (execution,) = world.state.fills.in_doubt()
    fact = execution.versions[0]
    told = dict(measured(fact))
    assert told[doubts.lots_at(OVERLAY, "a", WETH)] == 100
    assert told[doubts.lots_of("none", OVERLAY, WETH)] == 100
    assert told[doubts.money_at(OVERLAY, "a", WETH)] == -100 * 150_050
    assert told[doubts.fees_at(OVERLAY, "a", "USDC")] == 100
    assert told[doubts.CASH] == fact.cash_minor
    assert told[doubts.cost_of("none")] == fact.cost_minor


def test_the_sums_of_what_is_in_doubt_end_with_it():
    world = reused()
    assert world.state.fills.sums[doubts.CASH] == (0, 200 * 150_050 * 100 + 2 * 100)
    assert not list(doubts.missing(world.state.orders))
