"""What risk aversion means: more of it holds less, and every figure is that of its formula."""

from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.appetite import ES95, meanings
from tests.core.hedge.test_at_edge import moved
from tests.core.hedge.test_look import looked
from tests.core.world import WETH


def found(gamma_ppm):
    world = moved()
    rules = world.state.rules
    policy = replace(rules.policy, risk_aversion_ppm=gamma_ppm)
    return meanings(policy, rules.instruments[WETH], looked(world).sight)


def test_one_unit_through_a_minute_of_25_bp():
    _, now, _ = found(10_000)
    assert now.gamma == 0.01
    assert now.holding == pytest.approx(0.01 * (1_500 * 0.0025) ** 2, rel=0.01)


@given(st.integers(1, 10_000_000))
def test_more_aversion_holds_less_and_loses_less(gamma_ppm):
    for less, more in pairwise(found(gamma_ppm)):
        assert less.gamma <= more.gamma
        assert less.holding <= more.holding
        assert less.band_lots >= more.band_lots
        assert less.worst >= more.worst


def test_the_worst_minute_is_the_expected_shortfall_of_a_normal_one():
    normal = NormalDist()
    assert pytest.approx(normal.pdf(normal.inv_cdf(0.95)) / 0.05, abs=1e-4) == ES95
    _, now, _ = found(10_000)
    assert now.worst == pytest.approx(ES95 * now.band_lots * 0.01 * 1_500 * 0.0025, rel=0.01)
