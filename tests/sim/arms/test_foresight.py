"""The cheapest path, beside every path on a grid, and beside any small step away from it."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.sim.arms.foresight import best_path, total

STEP = st.tuples(st.floats(-5, 5), st.floats(0.01, 3), st.floats(0, 5))
GRID = [x / 2 for x in range(-6, 7)]


@given(st.lists(st.tuples(st.integers(-3, 3), STEP), min_size=1, max_size=4))
def test_no_path_of_a_grid_is_cheaper(steps):
    z, weights, costs = zip(*((at, step[1], step[2]) for at, step in steps), strict=True)
    path = best_path(z, weights, costs)
    least = min(total(p, z, weights, costs) for p in itertools.product(GRID, repeat=len(z)))
    assert total(path, z, weights, costs) <= least + 1e-9


@given(
    st.lists(STEP, min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(1, 60), st.floats(-2, 2)), max_size=30),
)
def test_no_shift_of_a_part_is_cheaper(steps, shifts):
    """The problem is convex: what no shift of a stretch betters, nothing betters."""
    z, weights, costs = zip(*steps, strict=True)
    path = best_path(z, weights, costs)
    least = total(path, z, weights, costs)
    for begin, length, by in shifts:
        other = [x + by * (begin <= i < begin + length) for i, x in enumerate(path)]
        assert total(other, z, weights, costs) >= least - 1e-9


def test_it_rests_while_a_trade_is_worth_less_than_it_costs():
    assert best_path([1.0] * 10, [0.01] * 10, [5.0] * 10) == [0.0] * 10
    path = best_path([1.0] * 10, [1.0] * 10, [2.0] * 10)
    assert path == pytest.approx([-0.9] * 10)  # 10 x 2 x (1 - .9) = the cost of one more unit


def test_what_costs_nothing_is_hedged_at_once():
    assert best_path([1.0, -2.0, 3.0], [1.0] * 3, [0.0] * 3) == pytest.approx([-1.0, 2.0, -3.0])
