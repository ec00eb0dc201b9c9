"""A made-up market: what a parameter is for is what it changes, and chance stays where it was."""

import math
import statistics
from dataclasses import replace
from itertools import pairwise

import pytest

from edgenode.sim.popup.market import BEGINS_NS, VOLUME, Hour, made
from edgenode.sim.popup.prior import BASE, NULLS
from edgenode.sim.recorded import MINUTE_NS

HOUR = Hour(610, 670)
SEEDS = range(40)


def minutes(parameters=BASE, seed=1, core=False):
    markets = made(parameters, seed, HOUR)
    return (markets.core if core else markets.local).minutes


def returns(found):
    return [b.log_price - a.log_price for a, b in pairwise(found)]


def test_a_seed_makes_the_same_market_again_and_another_one_another():
    assert minutes() == minutes() != minutes(seed=2)


def test_the_hour_has_six_times_the_volume():
    def mean(begin, end):
        return statistics.mean(m.volume_weth for s in SEEDS for m in minutes(seed=s)[begin:end])

    assert mean(*HOUR) / mean(0, 600) == pytest.approx(6, rel=0.1)
    assert mean(0, 600) == pytest.approx(VOLUME, rel=0.05)


def test_another_parameter_leaves_everything_before_the_hour_as_it_was():
    calm = minutes(NULLS["no surge"])[
        : HOUR.begins - 1
    ]  # the last one's price sees the first flow
    assert calm == minutes()[: HOUR.begins - 1]
    assert calm != minutes(replace(BASE, informed=0.3))[: HOUR.begins], "but for its own"


def test_flow_never_exceeds_volume_and_leans_in_the_hour():
    for seed in SEEDS:
        assert all(abs(m.net_flow_weth) <= m.volume_weth for m in minutes(seed=seed))
    net = [m.net_flow_weth for s in SEEDS for m in minutes(seed=s)[HOUR.begins : HOUR.ends]]
    assert statistics.mean(net) > 5


def test_depth_falls_in_a_surge_or_rises_where_the_world_says_so():
    for parameters, falls in ((BASE, True), (NULLS["depth rises with volume"], False)):
        found = minutes(parameters)
        assert (found[HOUR.begins].liquidity < found[0].liquidity) is falls


def test_a_share_of_what_flow_moved_follows_in_the_minute_after_it():
    def follows(informed):
        pairs = [
            pair
            for seed in SEEDS
            for pair in pairwise(returns(minutes(replace(BASE, informed=informed), seed))[:600])
        ]
        return statistics.correlation(*zip(*pairs, strict=True))

    assert abs(follows(0.0)) < 0.02
    assert follows(0.15) == pytest.approx(0.13, abs=0.03)  # recorded: .15


def test_a_lean_that_everybody_knows_of_moves_no_price():
    """Over many hours buyers outnumber sellers, and the price rises in half of them."""
    rises = [
        minutes(seed=seed)[HOUR.ends - 1].log_price - minutes(seed=seed)[HOUR.begins - 1].log_price
        for seed in range(200)
    ]
    error = statistics.stdev(rises) / math.sqrt(len(rises))
    assert abs(statistics.mean(rises)) < 3 * error


def test_core_explains_nearly_all_in_calm_and_a_quarter_in_the_surge():
    def explained(begin, end):
        pairs = [
            pair
            for seed in SEEDS
            for pair in zip(
                returns(minutes(seed=seed))[begin:end],
                returns(minutes(seed=seed, core=True))[begin:end],
                strict=True,
            )
        ]
        return statistics.correlation(*zip(*pairs, strict=True)) ** 2

    assert explained(0, 600) > 0.9
    assert 0.15 < explained(HOUR.begins, HOUR.ends - 1) < 0.45


def test_a_price_is_one_at_each_second_of_the_day():
    day = made(BASE, 1, HOUR).local
    assert all(day.price(BEGINS_NS + n * MINUTE_NS) > 0 for n in range(1_440))
    assert math.isclose(day.price(BEGINS_NS), 1_500, rel_tol=0.05)


def test_only_what_customers_know_moves_against_who_trades_with_them():
    """The move of a minute, along the flow that comes in it."""

    def along(informed):
        rows = [minutes(replace(BASE, informed=informed), seed)[:600] for seed in SEEDS]
        pairs = [
            (now.net_flow_weth, now.log_price - before.log_price)
            for row in rows
            for before, now in pairwise(row)
        ]
        return sum(f * r for f, r in pairs) / sum(f * f for f, _ in pairs)

    assert abs(along(0.0)) < 0.02e-4
    assert along(0.15) == pytest.approx(0.15 * 0.57e-4, abs=0.02e-4)
