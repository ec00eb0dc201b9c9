"""Variance and flow, by hand and beside a plain computation."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.market import (
    FLOW_MIN,
    KEPT_MAX,
    MINUTE_NS,
    RETURN_MAX,
    RETURNS_MIN,
    WAITING_MAX,
    Estimates,
    Markout,
    Told,
    Variance,
)

PRICES = st.lists(st.floats(920, 1_100), min_size=3, max_size=60)  # no return beyond the bound


def seen(mids, first=0):
    """A mid in the middle of each minute; None is a minute without one."""
    variance = Variance()
    for minute, mid in enumerate(mids, start=first):
        if mid is not None:
            variance.saw(minute * MINUTE_NS + MINUTE_NS // 2, mid)
    return variance.value


def test_nothing_is_known_before_a_return_is():
    assert seen([1_000]) is None
    assert seen([1_000, 1_010]) is None  # the second minute may not be over
    assert seen([1_000, 1_010, 0.1]) == pytest.approx(math.log(1.01) ** 2)


@given(PRICES)
def test_it_is_the_weighted_mean_of_squared_returns(mids):
    squares = [math.log(b / a) ** 2 for a, b in pairwise(mids[:-1])]
    decay = 0.5 ** (1 / RETURNS_MIN)
    weights = [decay**age for age in reversed(range(len(squares)))]
    mean = sum(w * s for w, s in zip(weights, squares, strict=True)) / sum(weights)
    assert seen(mids) == pytest.approx(mean, rel=1e-9, abs=1e-15)


def test_a_minute_without_a_mid_joins_no_two_others():
    assert seen([1_000, None, 1_100, None, 900]) is None


@given(PRICES)
def test_mids_within_a_minute_count_by_the_last(mids):
    twice = Variance()
    for minute, mid in enumerate(mids):
        twice.saw(minute * MINUTE_NS + 1, mid * 1.5)
        twice.saw(minute * MINUTE_NS + 2, mid)
    assert twice.value == pytest.approx(seen(mids), rel=1e-12, abs=1e-18)


@given(PRICES, PRICES, st.integers(3, 100_000), st.floats(1, 1e9))
def test_a_mid_dated_ahead_freezes_nothing(before, after, ahead, wrong):
    """It counts as one minute without a mid does."""
    leapt = Variance()
    for minute, mid in enumerate(before):
        leapt.saw(minute * MINUTE_NS, mid)
    leapt.saw((len(before) - 1 + ahead) * MINUTE_NS, wrong)
    for minute, mid in enumerate(after, len(before)):
        leapt.saw(minute * MINUTE_NS, mid)
    assert leapt.value == seen([*before, None, *after])


@given(PRICES, st.floats(1e-9, 1e12))
def test_one_wrong_mid_counts_for_two_returns_of_a_fifth_at_most(mids, wrong):
    given_one = seen([*mids, wrong, 1_000, 1_000])
    at_bound = seen([*mids, mids[-1] * math.exp(RETURN_MAX), mids[-1], mids[-1]])
    assert given_one <= at_bound * (1 + 1e-9)


def test_the_flow_is_of_net_fills_a_minute_and_forgets_by_halves():
    held = Estimates()
    held.traded("X", 0, 3.0, 1.0)
    held.traded("X", MINUTE_NS - 1, -1.0, 1.0)
    decay = 0.5 ** (1 / FLOW_MIN)
    once = decay + (1 - decay) * 4.0
    assert held.flow("X", MINUTE_NS, 1.0) == pytest.approx(once)
    assert held.flow("X", 61 * MINUTE_NS, 1.0) == pytest.approx(once / 2)


NETS = st.lists(st.integers(-50, 50).filter(bool), min_size=1, max_size=60)


@given(NETS, st.lists(st.integers(0, 100_000), max_size=20))
def test_reading_a_flow_at_any_time_changes_nothing(nets, times):
    read, unread = Estimates(), Estimates()
    assert read.flow("X", 5, 7.0) == 7.0
    for minute, net in enumerate(nets):
        for one in (read, unread):
            one.traded("X", minute * MINUTE_NS, net, 1.0)
        for at in times:
            read.flow("X", at * MINUTE_NS, 1.0)
    for at in (*times, len(nets)):
        assert read.flow("X", at * MINUTE_NS, 1.0) == unread.flow("X", at * MINUTE_NS, 1.0)


@given(NETS, NETS, st.integers(3, 100_000), st.lists(st.integers(-50, 50), max_size=KEPT_MAX - 1))
def test_a_flow_is_as_if_a_clock_had_never_been_ahead(before, after, ahead, leapt):
    def lived(leapt):
        held = Estimates()
        for minute, net in enumerate(before):
            held.traded("X", minute * MINUTE_NS, net, 1.0)
        for minute, net in enumerate(leapt, len(before) - 1 + ahead):
            held.traded("X", minute * MINUTE_NS, net, 1.0)
        found = [held.flow("X", len(before) * MINUTE_NS, 1.0)]
        for minute, net in enumerate(after, len(before)):
            held.traded("X", minute * MINUTE_NS, net, 1.0)
        return [*found, held.flow("X", (len(before) + len(after)) * MINUTE_NS, 1.0)]

    assert lived(leapt) == lived([])


def test_a_flow_goes_on_after_a_clock_was_set_back_further_than_is_kept():
    held = Estimates()
    for minute in range(10_000, 11_000):
        held.traded("X", minute * MINUTE_NS, 3.0, 1.0)
    for minute in range(10):
        assert held.flow("X", minute * MINUTE_NS, 1.0) == pytest.approx(9.0, rel=1e-3)
        held.traded("X", minute * MINUTE_NS, 3.0, 1.0)


def test_a_fill_of_the_minute_before_is_late_and_counts_in_the_newest():
    late, in_time = Estimates(), Estimates()
    for held, last in ((late, 4), (in_time, 5)):
        for minute in (4, 5, last):
            held.traded("X", minute * MINUTE_NS, 2.0, 1.0)
    assert late.flow("X", 6 * MINUTE_NS, 1.0) == in_time.flow("X", 6 * MINUTE_NS, 1.0)


@given(PRICES)
def test_what_is_warmed_goes_on_as_if_it_had_been_seen_whatever_was_seen_before(mids):
    closes = [(minute * MINUTE_NS, mid) for minute, mid in enumerate(mids)]
    for early in (None, (len(mids) * MINUTE_NS, 1_000.0)):
        warmed = Estimates()
        if early is not None:
            warmed.saw("WETH-USDC", *early)
        warmed.warm("WETH-USDC", closes)
        for minute, mid in enumerate((1_001.0, 1_002.0, 1_003.0), start=len(mids)):
            warmed.saw("WETH-USDC", minute * MINUTE_NS, mid)
        assert warmed.variances["WETH-USDC"].value == seen([*mids, 1_001.0, 1_002.0, 1_003.0])


MINUTES = st.lists(st.none() | st.floats(900, 1_100), min_size=3, max_size=60)


@given(MINUTES)
def test_a_variance_that_was_warmed_is_that_of_a_life(mids):
    lived, warmed = Estimates(), Estimates()
    for minute, mid in enumerate(mids):
        for second, at in ((5, 1_000.0), (50, mid)):  # its last mid is what a minute closes at
            if mid is not None:
                lived.saw("x", minute * MINUTE_NS + second * 10**9, at)
    warmed.warm("x", [Told(minute * MINUTE_NS, mid)
                               for minute, mid in enumerate(mids) if mid is not None])  # fmt: skip
    now_ns = len(mids) * MINUTE_NS
    for one in (lived, warmed):
        one.saw("x", now_ns, 1_000)
        one.saw("x", now_ns + MINUTE_NS, 1_000)
    assert lived.variances["x"].value == warmed.variances["x"].value


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=60))
def test_a_flow_that_was_warmed_is_that_of_a_life(nets):
    lived, warmed = Estimates(), Estimates()
    for minute, net in enumerate(nets):
        if net:
            lived.traded("x", minute * MINUTE_NS, net, 9.0)
    told = [Told(minute * MINUTE_NS, net) for minute, net in enumerate(nets)]
    now_ns = len(nets) * MINUTE_NS
    warmed.warm_flow("x", told, now_ns, 9.0)
    assert warmed.flow("x", now_ns, 9.0) == pytest.approx(lived.flow("x", now_ns, 9.0), rel=1e-9)


def test_minutes_that_nobody_tells_of_count_for_no_flow():
    whole, cut = Estimates(), Estimates()
    told = [Told(minute * MINUTE_NS, 3.0) for minute in range(10)]
    whole.warm_flow("x", told, 10 * MINUTE_NS, 1.0)
    cut.warm_flow("x", told, 500 * MINUTE_NS, 1.0)
    assert whole.flow("x", 10 * MINUTE_NS, 1.0) == cut.flow("x", 500 * MINUTE_NS, 1.0)


def lost_by(moves, way=1.0):
    """What fills lost whose next minute moved the price so, one a minute."""
    markout = Markout()
    mid = 1_000.0
    for minute, move in enumerate(moves):
        markout.saw(minute * MINUTE_NS, mid)
        markout.traded(minute * MINUTE_NS, way, mid)
        mid *= math.exp(move)
    markout.saw(len(moves) * MINUTE_NS, mid)
    return markout


def test_fills_that_lose_make_a_markout_and_few_of_them_little():
    few, many = lost_by([-4e-4] * 10), lost_by([-4e-4] * 1_000)
    assert 0 < few.value < many.value < 4e-4
    assert many.value == pytest.approx(4e-4, rel=0.2)
    assert lost_by([4e-4] * 1_000, way=-1.0).value == pytest.approx(many.value)


@given(st.lists(st.floats(-0.05, 0.05), max_size=40), st.sampled_from((-1.0, 1.0)))
def test_a_markout_lies_between_nothing_and_5_bp(moves, way):
    assert 0 <= lost_by(moves, way).value <= 5e-4


@given(st.lists(st.floats(-4e-3, 4e-3), max_size=40), st.floats(1e-6, 1e12))
def test_one_wrong_mid_moves_a_markout_by_1_bp_at_most(moves, wrong):
    markout = lost_by(moves)
    at_ns = len(moves) * MINUTE_NS
    markout.traded(at_ns, 1.0, 1_000.0)
    before = markout.value
    markout.saw(at_ns + MINUTE_NS, wrong)
    for minute in range(2, 200):
        assert markout.value <= before + 1e-4 + 1e-12
        markout.traded(at_ns + minute * MINUTE_NS, 1.0, 1_000.0)
        markout.saw(at_ns + (minute + 1) * MINUTE_NS, 1_000.0)


def test_a_fill_dated_ahead_keeps_no_other_waiting():
    markout = Markout()
    markout.traded(10_000 * MINUTE_NS, 1.0, 1_000.0)
    for minute in range(10):
        markout.traded(minute * MINUTE_NS, 1.0, 1_000.0)
        markout.saw((minute + 1) * MINUTE_NS, 999.0)
    assert markout.weight == pytest.approx(10, rel=0.05)
    assert markout.value > 0


def test_a_fill_whose_next_minute_has_no_mid_says_nothing():
    markout = Markout()
    markout.traded(0, 1.0, 1_000.0)
    markout.saw(3 * MINUTE_NS, 500.0)
    assert markout.weight == 0


def test_what_waits_is_bounded():
    markout = Markout()
    for at_ns in range(5_000):
        markout.traded(at_ns, 1.0, 1_000.0)
    markout.saw(MINUTE_NS + 5_000, 1_000.0)
    assert 0 < markout.weight <= WAITING_MAX
