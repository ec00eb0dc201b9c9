"""Hedges that cost more than usual are found within some; heavy tails, or one of them, are not."""

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.stops.slippage import NEEDED, NORMAL, RANKED, H, K, judged
from edgenode.core.state.hedged import Went

MINUTE = 60_000_000_000
PRICE = 150_000


def rows(costs, *, first=0, every=10):
    return [
        Went(
            (first + i) * every * MINUTE,
            PRICE + (37 * i) % 91,
            100,
            100,
            None if cost is None else int(cost),
        )
        for i, cost in enumerate(costs)
    ]


def heavy(count, seed=1):
    """Return costs of 5 bp with the tails of a t distribution of three degrees of freedom."""
    rng = random.Random(seed)
    return [
        500 + 200 * rng.gauss(0, 1) / math.sqrt(sum(rng.gauss(0, 1) ** 2 for _ in range(3)) / 3)
        for _ in range(count)
    ]


def found(costs, **more):
    """Return after how many hedges beyond the first 300 it stops; None if it never does."""
    for count in range(300, len(costs) + 1):
        if judged(rows(costs[:count], **more)).since_ns is not None:
            return count - 300
    return None


def test_hedges_that_cost_thirty_bp_more_are_found_within_ten():
    usual = heavy(300)
    assert 3 <= found(usual + [cost + 3_000 for cost in heavy(20, seed=2)]) <= 10


def test_what_is_dearer_and_does_not_matter_stops_nothing():
    usual = heavy(300)
    dearer = judged(rows(usual + [cost + 250 for cost in heavy(60, seed=2)]))
    assert dearer.score > H
    assert dearer.since_ns is None


def test_heavy_tails_alone_stop_nothing():
    for seed in range(20):
        assert judged(rows(heavy(360, seed))).since_ns is None


def test_one_moment_counts_once():
    burst = rows(heavy(300)) + rows([9_000] * 60, first=300 * 10 * 60, every=0)
    assert judged(burst).since_ns is None


def test_before_sixty_hedges_nothing_is_judged():
    seen = judged(rows([500] * (NEEDED - 10) + [90_000] * 9))
    assert (seen.known, seen.since_ns, seen.score) == (False, None, 0.0)
    assert "of 60 hedges" in seen.text


def test_what_a_person_released_counts_no_more_and_what_comes_after_does():
    broken = rows(heavy(300) + [9_000] * 10)
    released = broken[-1].at_ns
    assert judged(broken).since_ns is not None
    assert judged(broken, released).since_ns is None
    worse = [*broken, *rows([90_000] * 10, first=310)]
    assert judged(worse, released).since_ns > released


def test_hedges_without_a_price_say_nothing():
    assert judged(rows([None] * 300)).hedges == 0


@given(st.lists(st.one_of(st.none(), st.integers(-(10**6), 10**6)), max_size=80))
@settings(deadline=None)
def test_the_same_rows_give_the_same_and_no_hedge_adds_more_than_the_worst_rank(costs):
    usual = heavy(120)
    most = NORMAL.inv_cdf(1 - 0.5 / (RANKED + 1)) - K
    before = judged(rows(usual))
    for count in range(len(costs)):
        seen = judged(rows(usual + costs[: count + 1]))
        assert seen == judged(rows(usual + costs[: count + 1]))
        assert 0 <= seen.score <= before.score + most + 1e-9
        before = seen


@given(st.integers(-(10**6), 10**6))
@settings(deadline=None)
def test_one_hedge_however_wrong_stops_nothing(cost):
    assert judged(rows([*heavy(200), cost])).since_ns is None
    assert judged(rows([*heavy(200), cost, *heavy(40, seed=3)])).since_ns is None
