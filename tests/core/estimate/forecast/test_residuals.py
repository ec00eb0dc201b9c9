import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.forecast.residuals import ERROR_MAX, KEPT, LEVELS, NEEDED, Residuals


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
