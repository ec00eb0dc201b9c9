"""Closed forms and their optima by numbers; each check finds a form that is a little wrong."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.sim.arms.foresight import best_path
from tools.benchmarks import closed_forms, optima

SOME = st.floats(0.01, 50)
STEP = st.tuples(st.integers(-9, 9), st.floats(0.01, 3), st.floats(0.01, 5))


@given(SOME, SOME, SOME)
def test_the_edge_of_the_region_is_three_quarters_form(cost, flow, risk):
    assert optima.band(cost, flow, risk) == pytest.approx(
        closed_forms.band(cost, flow, risk), rel=1e-12
    )


@given(SOME, SOME, SOME, st.floats(0.8, 1.25))
def test_the_band_is_the_cheapest_of_a_walk_between_two_edges(cost, flow, risk, times):
    """A walk that is reflected at +-b pays cost x flow / (2 b), and its mean square is b^2 / 3."""

    def paid(edge):
        return cost * flow / (2 * edge) + risk * edge**2 / 3

    best = closed_forms.band(cost, flow, risk)
    assert paid(best * times) >= paid(best) * (1 - 1e-12)


@given(SOME, st.integers(2, 60), SOME, st.floats(1e-4, 5))
def test_almgren_chriss_is_the_solution_of_its_own_equations(quantity, steps, impact, risk):
    form = closed_forms.almgren_chriss(quantity, steps, impact, risk)
    assert optima.almgren_chriss(quantity, steps, impact, risk) == pytest.approx(
        form, rel=1e-9, abs=1e-12 * quantity
    )
    assert form[-1] == 0
    assert form == sorted(form, reverse=True)


@given(SOME, st.integers(2, 30), st.floats(0.0, 0.97))
def test_obizhaeva_wang_trades_the_quantity_at_equal_marginal_cost(quantity, intervals, left):
    form = closed_forms.obizhaeva_wang(quantity, intervals, left)
    assert math.fsum(form) == pytest.approx(quantity)
    assert optima.obizhaeva_wang(quantity, intervals, left) == pytest.approx(form, rel=1e-9)
    marginal = [
        math.fsum(x * left ** abs(i - j) for j, x in enumerate(form)) for i in range(len(form))
    ]
    assert marginal == pytest.approx([marginal[0]] * len(form))


@given(st.lists(STEP, min_size=1, max_size=40))
def test_the_cheapest_path_is_proved_by_its_own_multipliers(steps):
    z, weights, costs = (list(column) for column in zip(*steps, strict=True))
    path = best_path(z, weights, costs)
    if any(z):
        assert abs(optima.gap(path, z, weights, costs)) < 1e-9


def test_a_path_that_is_a_little_off_is_not_proved():
    z, weights, costs = [4.0, 4.0, -3.0, -3.0], [0.5] * 4, [0.4] * 4
    path = best_path(z, weights, costs)
    assert abs(optima.gap(path, z, weights, costs)) < 1e-12
    for at in range(len(path)):
        off = [x + 0.01 * (at == n) for n, x in enumerate(path)]
        assert optima.gap(off, z, weights, costs) > 1e-6
