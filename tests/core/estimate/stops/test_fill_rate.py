"""A venue that fills half as often is found; chance alone hardly ever stops one."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.stops.fill_rate import NEEDED, H, judged
from edgenode.core.state.hedged import Went

MISS_MAX = 3.3


def rows(fills, first=0):
    return [Went(first + i, 1, 100, 100 if filled else 49, None) for i, filled in enumerate(fills)]


def drawn(share, count, seed):
    rng = random.Random(seed)
    return [rng.random() < share for _ in range(count)]


def found(share, after, seed=1):
    fills = drawn(share, 200, seed) + drawn(after, 150, seed + 1)
    for count in range(200, 350):
        if judged(rows(fills[:count])).since_ns is not None:
            return count - 200
    return None


def test_a_venue_that_fills_nothing_any_more_is_found_within_fifteen_hedges():
    assert found(0.9, 0.0) <= 15
    assert found(0.5, 0.0) <= 60


def test_half_the_fills_are_found_within_fifty():
    delays = [found(0.9, 0.45, seed) for seed in range(0, 20, 2)]
    assert None not in delays
    assert sorted(delays)[len(delays) // 2] <= 50


def test_chance_alone_stops_nothing():
    for share in (0.4, 0.7, 0.95, 1.0):
        for seed in range(10):
            assert judged(rows(drawn(share, 360, seed))).since_ns is None


def test_half_of_an_order_is_a_fill():
    half = [Went(i, 1, 100, 50, None) for i in range(60)]
    assert judged(half).score == 0.0


def test_before_twenty_hedges_nothing_is_judged():
    seen = judged(rows([False] * (NEEDED - 1)))
    assert (seen.known, seen.score) == (False, 0.0)


def test_what_a_person_released_counts_no_more():
    broken = rows([True] * 60 + [False] * 30)
    released = broken[-1].at_ns
    assert judged(broken).since_ns is not None
    assert judged(broken, released).since_ns is None
    again = judged([*broken, *rows([False] * 60, first=90)], released)
    assert again.since_ns is not None
    assert again.since_ns > released


@given(st.lists(st.booleans(), max_size=120))
@settings(deadline=None)
def test_no_hedge_adds_more_than_a_miss_of_a_sure_venue(fills):
    before = 0.0
    for count in range(1, len(fills) + 1):
        seen = judged(rows(fills[:count]))
        assert seen == judged(rows(fills[:count]))
        assert 0 <= seen.score <= before + MISS_MAX
        before = seen.score


@given(st.lists(st.booleans(), min_size=40, max_size=120))
@settings(deadline=None)
def test_three_misses_in_a_row_stop_nothing(fills):
    quiet = [True] * len(fills)
    assert judged(rows([*quiet, False, False, False])).score < H
