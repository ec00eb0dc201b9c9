"""Each hedge is held against what its venue's curve said as it was sent."""

from edgenode.core.report.slippage import total
from tests.core.report.lived import begun, ended, folded, hedged
from tests.core.world import WETH


def costs_of(fold):
    return fold.slippage.costs(fold.trades.hedges(WETH), WETH)


def lived(times=2):
    world = begun()
    for number in range(times):
        hedged(world, lots=400, name=f"T{number}")
    ended(world)
    return world, folded(world)


def test_each_hedge_is_there_once_with_what_it_executed():
    _, fold = lived()
    costs = costs_of(fold)
    traded = fold.trades.of[WETH]
    assert len(costs) == fold.hedges.taken
    assert sum(one.lots for one in costs) == traded.hedges_bought + traded.hedges_sold


def test_the_first_hedge_has_no_expectation_and_later_ones_what_came_before():
    _, fold = lived()
    first, *later = costs_of(fold)
    assert (first.sent.expected_ppm, first.sent.known) == (None, 0)
    assert later[-1].sent.expected_ppm is not None
    assert later[-1].sent.known > 0


def test_a_cost_is_beyond_the_reference_and_adverse_is_positive():
    _, fold = lived()
    for one in costs_of(fold):
        reference = one.sent.gated.saw.reference_ticks
        away = (150_030 - reference) * (1 if one.sent.gated.side == "buy" else -1)
        assert one.cost_ppm == -(-away * 10**6 // reference)


def test_totals_compare_what_can_be_compared_and_agree_with_the_shortfall():
    _, fold = lived()
    costs = costs_of(fold)
    found = total(fold.state, costs)
    assert found.orders == sum(one.sent.expected_ppm is not None for one in costs) > 0
    lost = fold.trades.of[WETH].shortfall_minor
    all_of = [one._replace(sent=one.sent._replace(expected_ppm=0)) for one in costs]
    assert lost <= total(fold.state, all_of).lost_minor <= lost + lost // 100 + len(costs)


def test_a_hedge_that_did_not_execute_has_no_cost():
    _, fold = lived(1)
    none = fold.slippage.costs([], WETH)
    assert {(one.lots, one.cost_ppm) for one in none} == {(0, None)}
    assert total(fold.state, none) == (0, 0, 0)
