"""A quote's price by its closed forms, and the bounds that it keeps for any market."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.edges import Sight
from edgenode.core.estimate.quotes import priced
from edgenode.daemon import paper

WORLD = paper.PaperWorld(
    venues=("a",), risk_aversion_ppm=10_000, horizon_s=300, quote_size_lots=500,
    quote_half_spread_ppm_max=1_000, quote_risk_priced=True,
)  # fmt: skip
POLICY, WETH = paper.policy(WORLD, 0), paper.instrument(0)
CALM = Sight(price=1_500.0, variance=0.5, flow=1.0, buys=0.85, sells=0.85, slope=0.1)
PPM, HALF = 1_000_000, 500
MARKOUTS = st.floats(0, 5e-4)


def price(sight=CALM, net=0, upper=200, markout=0.0, policy=POLICY):
    return priced(policy, WETH, sight, net, upper, markout)


def test_the_half_spread_is_the_closed_form():
    made = price(markout=1e-4)
    wider = 0.01 * 0.5 * 5 * 5 / 3 / 1_500  # gamma s^2 q tau / 3, of the price
    assert made.half_spread_ppm == math.ceil(HALF + wider * PPM + 100)
    assert made.size_lots == 500


def test_the_risk_of_a_size_costs_no_more_than_a_round_trip():
    cheap = CALM._replace(buys=0.05, sells=0.05)
    wild = cheap._replace(variance=1e6)
    assert price(wild).half_spread_ppm == math.ceil(HALF + 2 * 0.05 / 1_500 * PPM)
    assert price(wild).size_lots == 500


def test_beyond_the_widest_spread_less_is_quoted():
    wild = CALM._replace(variance=100.0)
    made = price(wild)
    assert made.half_spread_ppm == 1_000
    room = 1_500 * (1_000 - HALF) / PPM
    assert made.size_lots == pytest.approx(room / (0.01 * 100 * 5 / 3) * 100, abs=1)


@pytest.mark.parametrize(("net", "share"), [(0, 0), (100, 0.5), (200, 1), (900, 1), (-100, -0.5)])
def test_the_skew_is_a_share_of_what_a_hedge_costs(net, share):
    made = price(net=net)
    assert made.skew_ppm * made.net_lots == round(0.85 / 1_500 * share * PPM)


def test_where_all_is_hedged_the_skew_is_all_of_it_either_way():
    assert price(net=1, upper=0).skew_ppm == -price(net=-1, upper=0).skew_ppm > 0
    assert price(net=0, upper=0).skew_ppm == 0


@given(
    st.builds(
        Sight, price=st.floats(0.01, 1e6), variance=st.floats(1e-12, 1e9), flow=st.floats(0, 1e6),
        buys=st.floats(1e-4, 1e3), sells=st.floats(1e-4, 1e3), slope=st.floats(1e-6, 1e6),
    ),
    st.integers(-(10**9), 10**9),
    st.integers(-10, 10**9),
    MARKOUTS,
    st.integers(1, 10**7),
)  # fmt: skip
def test_any_market_leaves_it_within_policys_bounds(sight, net, upper, markout, gamma):
    made = price(sight, net, upper, markout, replace(POLICY, risk_aversion_ppm=gamma))
    assert HALF <= made.half_spread_ppm <= 1_000
    assert 1 <= made.size_lots <= 500
    assert abs(made.skew_ppm) <= min(1_000, math.ceil(sight.cost(net) / sight.price * PPM))


@given(st.floats(0.01, 50), st.floats(1, 4), MARKOUTS)
def test_more_risk_is_never_quoted_tighter_or_larger(variance, times, markout):
    calm = price(CALM._replace(variance=variance), markout=markout)
    wild = price(CALM._replace(variance=variance * times), markout=markout)
    assert wild.half_spread_ppm >= calm.half_spread_ppm
    assert wild.size_lots <= calm.size_lots


def test_the_skew_is_that_of_the_side_which_a_hedge_would_trade():
    gone = CALM._replace(buys=300.0)  # asks far away; a long desk sells at bids that are near
    assert price(gone, net=200).skew_ppm == price(net=200).skew_ppm
    assert price(gone, net=-200).skew_ppm == -1_000, "no more than the widest half-spread"


def test_no_less_is_quoted_than_the_smallest_order():
    coarse = replace(WETH, quantity_lots_min=100)
    made = priced(POLICY, coarse, CALM._replace(variance=1_000.0), 0, 200, 0.0)
    assert made.size_lots == 100
