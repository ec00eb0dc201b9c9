"""A basis that leaves what it was like is found in 3 to 4 min; no single minute does anything."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.stops.basis import (
    CLIP,
    FIRST,
    MINUTE_NS,
    SPREAD_MAX,
    SPREAD_MIN,
    STOPS,
    USUAL_MIN,
    Basis,
)

PRICE = 150_000
JUMP = 10**6  # times, that a lying feed is away
ANY_MID = st.one_of(
    st.integers(1, 2**53 - 1), st.sampled_from((PRICE, PRICE * JUMP, PRICE + 40, 1))
)
MINUTES = st.lists(st.tuples(st.integers(-3, 5), ANY_MID, ANY_MID), max_size=40)


def quiet(minutes=3 * FIRST, basis=None):
    """Return a basis that saw so many quiet minutes: 1 bp this way and that."""
    basis = basis or Basis()
    for minute in range(minutes):
        at = max(basis.minute, 0) + 1
        lives(basis, at, PRICE + 15 * (-1) ** minute)
    return basis


def lives(basis, minute, venue, reference=PRICE):
    basis.saw_reference(minute * MINUTE_NS, reference)
    basis.saw_venue(minute * MINUTE_NS, venue)


def steps(basis, mids):
    """Return after how many minutes it would stop, None if it never would."""
    for count, mid in enumerate(mids, start=1):
        lives(basis, basis.minute + 1, mid)
        basis.saw_reference((basis.minute + 1) * MINUTE_NS, PRICE)  # the minute is over
        if basis.since_ns is not None:
            return count
    return None


def test_a_basis_of_thirty_bp_is_found_in_four_minutes():
    assert steps(quiet(), [PRICE + 450] * 10) in {3, 4}
    assert steps(quiet(), [PRICE - 450] * 10) in {3, 4}


def test_it_says_since_when_and_what_it_sees():
    basis = quiet()
    steps(basis, [PRICE + 1_500] * 10)
    assert basis.since_ns == basis.minute * MINUTE_NS
    assert "bp from the usual" in basis.text
    assert abs(basis.score) > STOPS


def test_two_wrong_minutes_in_five_stop_nothing():
    wrong, right = PRICE * JUMP, PRICE
    assert steps(quiet(), [wrong, wrong, right, right, right] * 4) is None


def test_before_an_hour_was_seen_nothing_is_judged():
    basis = quiet(FIRST - 5)
    assert not basis.known
    assert steps(basis, [PRICE * 2] * 4) is None
    assert "of 60 minutes" in basis.text


def test_a_wrong_hour_of_its_begin_does_not_hide_what_is_usual():
    basis = Basis()
    for minute in range(FIRST + 1):
        lives(basis, minute + 1, PRICE * JUMP if minute % 3 == 0 else PRICE)
    assert abs(basis.usual) < SPREAD_MIN


def test_in_a_fast_market_the_same_distance_is_none():
    basis, calm = quiet(), quiet()
    reference = PRICE
    for minute in range(30):
        reference = PRICE + 300 * (-1) ** minute  # 40 bp a minute
        lives(basis, basis.minute + 1, reference, reference)
    for away in [PRICE + 300] * 10:
        lives(basis, basis.minute + 1, away, PRICE)
    assert steps(calm, [PRICE + 300] * 10) is not None
    assert basis.since_ns is None


def test_what_grows_to_twice_what_stopped_stops_anew():
    basis = quiet()
    steps(basis, [PRICE + 450] * 5)
    first = basis.since_ns
    steps(basis, [PRICE + 480] * 3)
    assert basis.since_ns == first
    for _ in range(8):
        lives(basis, basis.minute + 1, PRICE * 2)
    assert basis.since_ns > first


def test_back_at_its_usual_it_would_stop_no_more():
    basis = quiet()
    assert steps(basis, [PRICE + 450] * 10) is not None
    for _ in range(8):
        lives(basis, basis.minute + 1, PRICE)
    assert basis.since_ns is None


def test_minutes_far_apart_are_not_judged_together():
    basis = quiet()
    for _ in range(8):
        lives(basis, basis.minute + 10, PRICE * 2)
    assert basis.since_ns is None


@given(MINUTES)
@settings(deadline=None)
def test_whatever_is_seen_its_figures_and_its_memory_are_bounded(seen):
    basis = quiet()
    for move, venue, reference in seen:
        lives(basis, max(0, basis.minute + move), venue, reference)
    assert SPREAD_MIN <= basis.spread <= SPREAD_MAX
    assert math.isfinite(basis.score)
    assert math.isfinite(basis.usual)
    assert basis.square <= (CLIP * SPREAD_MAX) ** 2
    assert len(basis._scores) <= 5
    assert not basis._first


@given(ANY_MID, ANY_MID, st.integers(0, 200))
@settings(deadline=None)
def test_no_single_minute_moves_what_is_usual_or_stops(venue, reference, before):
    with_it, without = quiet(2 * FIRST + before), quiet(2 * FIRST + before)
    lives(with_it, with_it.minute + 1, venue, reference)
    quiet(1, without)
    for basis in (with_it, without):
        quiet(1, basis)
    share = 2 * (1 - 0.5 ** (1 / USUAL_MIN)) / (1 - 0.5 ** (2 * FIRST / USUAL_MIN))
    assert abs(with_it.usual - without.usual) <= share * CLIP * SPREAD_MAX
    assert with_it.since_ns is None


@given(st.lists(st.tuples(st.integers(PRICE - 900, PRICE + 900), ANY_MID), max_size=30))
@settings(deadline=None)
def test_the_same_minutes_give_the_same_figures(seen):
    one, other = quiet(), quiet()
    for basis in (one, other):
        for venue, reference in seen:
            lives(basis, basis.minute + 1, venue, reference)
    assert one == other


def test_the_first_minute_of_all_time_is_one_like_others():
    basis = Basis()
    for minute in range(FIRST + 3):
        lives(basis, minute, PRICE)
    assert basis.known
