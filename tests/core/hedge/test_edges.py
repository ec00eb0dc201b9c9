"""The no-trade region: beyond its edges at once back to them, between them nothing."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.hedge.edges import PPM, Region, change, region
from edgenode.core.state.exposure import Interval

LOTS = st.integers(-100_000, 100_000)
SIZE = st.integers(0, 100_000)
SHARE = st.integers(0, PPM)


@st.composite
def regions(draw):
    to_take = draw(LOTS)
    made = region(
        to_take, share_ppm=draw(SHARE), band_lots=draw(SIZE), hurdle_lots=draw(SIZE)
    )  # fmt: skip
    return to_take, made


@st.composite
def overlays(draw):
    low, high = sorted((draw(LOTS), draw(LOTS)))
    return Interval(low, high)


def sense(to_take, lots):
    return -lots if to_take < 0 else lots


def test_without_core_the_region_is_a_band_around_nothing():
    assert region(400, share_ppm=0, band_lots=30, hurdle_lots=0) == Region(-30, 30)
    assert change(400, Interval(0, 0), Region(-30, 30)) == -370
    assert change(-400, Interval(0, 0), Region(-30, 30)) == 370
    assert change(400, Interval(-380, -380), Region(-30, 30)) == 0


def test_core_is_left_its_share_and_below_the_hurdle_nothing_is_hedged():
    assert region(400, share_ppm=250_000, band_lots=30, hurdle_lots=0) == Region(70, 130)
    assert region(400, share_ppm=250_000, band_lots=30, hurdle_lots=900) == Region(70, 600)


def test_what_was_hedged_too_far_is_traded_back_for_core_to_take():
    assert change(400, Interval(-390, -390), Region(70, 130)) == 60
    assert change(-400, Interval(390, 390), Region(70, 130)) == -60


def test_of_what_is_open_the_outcome_counts_that_needs_least():
    assert change(400, Interval(-300, 0), Region(-30, 30)) == -70
    assert change(400, Interval(-500, -300), Region(-30, 30)) == 0


@given(regions(), overlays())
def test_the_trade_ends_at_an_edge_and_never_beyond_it_in_any_outcome(made, overlay):
    to_take, within = made
    lots = change(to_take, overlay, within)
    ends = [sense(to_take, to_take + end) for end in overlay]
    after = [end + sense(to_take, lots) for end in ends]
    if sense(to_take, lots) < 0:
        assert min(after) == within.upper
    elif lots:
        assert max(after) == within.lower
    else:
        assert min(ends) <= within.upper
        assert max(ends) >= within.lower


@given(regions())
def test_the_region_is_never_empty_and_holds_what_core_is_left(made):
    _, within = made
    assert within.lower <= within.upper


@given(LOTS, SHARE, SIZE, SIZE, overlays())
def test_both_signs_are_treated_alike(to_take, share, band, hurdle, overlay):
    within = region(to_take, share_ppm=share, band_lots=band, hurdle_lots=hurdle)
    mirrored = region(-to_take, share_ppm=share, band_lots=band, hurdle_lots=hurdle)
    assert within == mirrored
    if to_take:
        flipped = Interval(-overlay.high, -overlay.low)
        assert change(-to_take, flipped, within) == -change(to_take, overlay, within)
