"""The edges by their closed forms, and which way each figure moves them."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.edges import PPM, RETURN_FLOOR, Shown, proposed, sight
from edgenode.core.estimate.market import MINUTE_NS, Estimates
from edgenode.daemon import paper
from edgenode.model.venue import BookView

WORLD = paper.PaperWorld(venues=("a",), risk_aversion_ppm=10_000, horizon_s=300, slice_s=5)
POLICY, WETH = paper.policy(WORLD, 0), paper.instrument(0)
MID, STEP, LOTS = 150_000, 10, 100  # 1,500 USDC, steps of 0.10, 1 WETH each
MOVES = st.floats(0, 0.02)


def book(step=STEP, lots=LOTS):
    steps = range(step, 6 * step, step)
    return BookView(
        venue="a", instrument=WETH.id, published_ns=0, mid_ticks=MID,
        bids=tuple((MID - away, lots) for away in steps),
        asks=tuple((MID + away, lots) for away in steps),
    )  # fmt: skip


def estimates(move=0.001):
    made = Estimates()
    for minute in range(40):
        made.saw(WETH.id, minute * MINUTE_NS, 1_500 * math.exp(move * (minute % 2)))
    return made


def edges(policy=POLICY, *, core=True, move=0.001, step=STEP, lots=LOTS, lots_exposed=0):
    shown = Shown(MID, ((policy.overlay_venues[0], book(step, lots)),))
    found = sight(policy, WETH, shown, estimates(move), 0)
    assert found is not None
    return proposed(policy, WETH, found, lots_exposed, core=core)


def gamma(ppm):
    return paper.policy(replace(WORLD, risk_aversion_ppm=ppm), 0)


def test_they_are_the_closed_forms():
    venue = POLICY.overlay_venues[0]
    cost = 0.10 + 1_500 * (venue.fee_ppm + venue.stale_ppm) / PPM
    slope = 0.10  # 4 WETH in 0.40 USDC, on each side
    risk = 0.01 * 0.001**2 * 1_500**2
    made = edges()
    for lots, exact in (
        (made.band_lots, 100 * (cost / (3 * risk)) ** (1 / 3)),
        (made.hurdle_lots, 100 * cost / (risk * 5)),
    ):
        assert exact <= lots <= math.ceil(exact) * 9 / 8 + 1
    kappa = math.sqrt(risk * math.log(2) / slope)
    assert made.share_ppm == pytest.approx(PPM / (1 + kappa * 5), abs=PPM / 128 + 1)


def test_without_core_nothing_is_left_to_it_and_the_band_is_worth_a_trade():
    made = edges(core=False)
    assert (made.share_ppm, made.hurdle_lots) == (0, 0)
    assert made.band_lots == edges().band_lots
    still = edges(core=False, move=0.0)
    risk = 0.01 * RETURN_FLOOR**2 * 1_500**2
    venue = POLICY.overlay_venues[0]
    cost = 0.10 + 1_500 * (venue.fee_ppm + venue.stale_ppm) / PPM
    assert still.band_lots >= math.floor(100 * cost / (risk * 30))


@given(MOVES, MOVES)
def test_a_wilder_market_is_hedged_no_later(one, other):
    calm, wild = (edges(move=move) for move in sorted((one, other)))
    assert wild.band_lots <= calm.band_lots
    assert wild.hurdle_lots <= calm.hurdle_lots
    assert wild.share_ppm <= calm.share_ppm


@given(st.integers(1, PPM), st.integers(1, PPM))
def test_who_minds_risk_more_hedges_no_later(one, other):
    less, more = (edges(gamma(ppm)) for ppm in sorted((one, other)))
    assert more.band_lots <= less.band_lots
    assert more.hurdle_lots <= less.hurdle_lots
    assert more.share_ppm <= less.share_ppm


def test_a_thin_market_leaves_more_to_core():
    assert edges(lots=1).share_ppm > edges(lots=1_000).share_ppm


def test_nothing_is_proposed_where_nothing_is_seen():
    assert sight(POLICY, WETH, Shown(MID, ()), estimates(), 0) is None
    shown = Shown(MID, ((POLICY.overlay_venues[0], book()),))
    assert sight(POLICY, WETH, shown, Estimates(), 0) is None


def test_what_it_was_made_of_is_told_in_few_digits():
    told = dict(edges().inputs)
    assert told.keys() == {"gamma", "P", "s2", "sf2", "c", "k"}
    assert all(len(value) <= 12 for value in told.values())
    assert told["gamma"] == "0.01"


@given(st.floats(0.000_3, 0.01), st.floats(0, 0.002))
def test_an_edge_stands_while_the_market_hardly_moves(move, by):
    """What moves by a fifth of a per cent moves an edge by a step, or not at all."""
    one, other = edges(move=move), edges(move=move * (1 + by))
    for before, after in ((one.band_lots, other.band_lots), (one.hurdle_lots, other.hurdle_lots)):
        assert after <= before
        assert before - after <= max(1, before / 7)


def seen(bids, asks):
    made = BookView(
        venue="a", instrument=WETH.id, published_ns=0, mid_ticks=MID, bids=bids, asks=asks
    )
    shown = Shown(MID, ((POLICY.overlay_venues[0], made),))
    return sight(POLICY, WETH, shown, estimates(), 0)


def test_each_side_costs_what_its_own_levels_are_away():
    """Asks that moved far away make no sell dearer."""
    found = seen(((MID - 5, 100), (MID - 15, 100)), ((MID + 30_000, 100), (MID + 30_010, 100)))
    fee = 1_500 * 500 / PPM
    assert found.cost(+1) == found.cost(0) == pytest.approx(0.05 + fee)
    assert found.cost(-1) == pytest.approx(300 + fee)
    narrow = proposed(POLICY, WETH, found, 100, core=True)
    assert narrow.band_lots < proposed(POLICY, WETH, found, -100, core=True).band_lots


def test_a_venue_that_shows_one_level_a_side_is_seen():
    found = seen(((MID - 10, 200),), ((MID + 10, 200),))
    assert found.slope == pytest.approx(0.1 / 2)  # 2 WETH in 0.10 USDC, on each side
