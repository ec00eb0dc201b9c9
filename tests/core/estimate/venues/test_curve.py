"""The shortfall by size: the nearest monotone curve, drawn to everybody's while data are few."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.venues.curve import SHRUNK, Point, cost_bp, fitted, shrunk

SIZES = st.integers(1, 40).map(float)
COSTS = st.integers(-50, 200).map(float)
POINTS = st.lists(st.builds(Point, SIZES, COSTS), min_size=1, max_size=12)


def nearest(points):
    """Return the isotonic fit by its max-min formula (Robertson, Wright, Dykstra 1988, ch. 1)."""
    sizes = sorted({p.lots for p in points})
    weight = {s: sum(p.lots for p in points if p.lots == s) for s in sizes}
    total = {s: sum(p.lots * p.cost_bp for p in points if p.lots == s) for s in sizes}

    def mean(i, j):
        some = sizes[i : j + 1]
        return sum(total[s] for s in some) / sum(weight[s] for s in some)

    last = range(len(sizes))
    return [max(min(mean(i, j) for j in last if j >= k) for i in last if i <= k) for k in last]


@given(POINTS)
def test_it_is_the_nearest_monotone_curve(points):
    found = fitted(points)
    assert [p.lots for p in found] == sorted({p.lots for p in points})
    assert [p.cost_bp for p in found] == pytest.approx(nearest(points))


@given(POINTS, POINTS, st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_more_never_costs_less_and_nothing_leaves_what_was_seen(own, others, sizes):
    everybody = [*own, *others]
    costs = [shrunk(own, everybody, lots) for lots in sorted(sizes)]
    assert all(low <= high + 1e-9 for low, high in pairwise(costs))
    seen = [p.cost_bp for p in everybody]
    assert min(seen) - 1e-9 <= costs[0]
    assert costs[-1] <= max(seen) + 1e-9


@given(POINTS, SIZES)
def test_a_venue_without_orders_is_taken_to_be_like_the_others(everybody, lots):
    assert shrunk([], everybody, lots) == cost_bp(fitted(everybody), lots)


def test_a_venue_counts_for_half_after_so_many_orders_as_the_prior_is_worth():
    own = [Point(10.0, 8.0)] * SHRUNK
    others = [Point(10.0, 2.0)] * (1_000 * SHRUNK)
    assert shrunk(own, [*own, *others], 10) == pytest.approx((8 + 2) / 2, abs=0.01)


def test_where_nothing_was_executed_nothing_is_known():
    assert shrunk([], [], 10) is None
