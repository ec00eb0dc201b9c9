import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.forecast.residuals import (
    ERROR_MAX,
    KEPT,
    LEVELS,
    NEEDED,
    ROOMS,
    Residuals,
)


def test_too_few_errors_give_no_quantiles():
    residuals = Residuals([0.0] * (NEEDED - 1))
    assert residuals.quantiles() is None
    residuals.take(1.0)
    assert residuals.quantiles() is not None


@given(st.lists(st.floats(-1e6, 1e6), min_size=NEEDED, max_size=300))
def test_quantiles_lie_between_the_errors_and_grow_with_their_level(errors):
    residuals = Residuals()
    for error in errors:
        residuals.take(error)
    found = residuals.quantiles()
    assert found == sorted(found)
    assert all(-ERROR_MAX <= q <= ERROR_MAX for q in found)
    assert min(residuals.newest) <= found[0] <= found[-1] <= max(residuals.newest)


shifts = st.lists(st.floats(-1, 1), min_size=len(LEVELS), max_size=len(LEVELS))


@given(
    st.integers(0, 2**32), st.integers(NEEDED, 400), shifts,
    st.lists(st.floats(-30, 30), min_size=2, max_size=9),
)  # fmt: skip
def test_the_chance_above_an_error_falls_as_it_grows_and_is_what_quantiles_say(
    seed, size, moves, at
):
    errors = random.Random(seed).sample(range(-15_000, 15_000), size)
    places = [level + room * move for level, room, move in zip(LEVELS, ROOMS, moves, strict=True)]
    moved = [place - level for place, level in zip(places, LEVELS, strict=True)]
    residuals = Residuals([error / 1_000 for error in errors], moved)
    chances = [residuals.above(error) for error in sorted(at)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert chances == sorted(chances, reverse=True)
    if places != sorted(set(places)):
        return  # a level that is looked up below a lower one: no value has its chance
    for level, place, quantile in zip(LEVELS, places, residuals.quantiles(), strict=True):
        if 1 <= place * (len(errors) + 1) <= len(errors):
            assert residuals.above(quantile) == pytest.approx(1 - level, abs=1e-4)


def test_too_few_errors_give_no_chance():
    assert Residuals([0.0] * (NEEDED - 1)).above(0.0) is None


def test_the_oldest_error_leaves():
    residuals = Residuals()
    for i in range(KEPT + 5):
        residuals.take(i / 1_000)
    assert (len(residuals.newest), residuals.newest[0]) == (KEPT, 0.005)


def test_coverage_is_what_the_level_says_although_the_errors_change_their_size():
    rng, residuals = random.Random(1), Residuals()
    below, looks = [0] * len(LEVELS), 0
    for i in range(30_000):
        error = rng.gauss(0, 1 if i // 3_000 % 2 else 3)
        quantiles = residuals.quantiles()
        if quantiles is not None:
            looks += 1
            below = [n + (error <= q) for n, q in zip(below, quantiles, strict=True)]
            residuals.held(quantiles, error)
        residuals.take(error)
    for level, count in zip(LEVELS, below, strict=True):
        assert count / looks == pytest.approx(level, abs=0.012)
