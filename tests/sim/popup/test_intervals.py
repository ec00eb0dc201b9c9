"""Intervals: against published figures, and as laws."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.sim.popup.intervals import (
    difference,
    es95,
    es95_difference,
    mean,
    quantile,
    share,
    student,
)

values = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=60)


def test_a_share_is_wilsons():
    """9 of 10: Wilson (1927) gives .596 to .982 at 95 %."""
    found = share([n > 0 for n in range(10)])
    assert found == {"share": 0.9, "low": 0.5958, "high": 0.9821, "of": 10}


@given(st.lists(st.booleans(), min_size=1, max_size=200))
def test_a_share_lies_within_its_interval(kept):
    found = share(kept)
    assert 0 <= found["low"] <= found["share"] <= found["high"] <= 1


def test_nothing_has_no_share_no_mean_and_no_worst():
    assert share([])["share"] is mean([])["mean"] is es95_difference([], [])["mean"] is None
    assert difference([], [])["worse"] is None


def test_one_value_has_no_interval():
    assert mean([2.0]) == {"mean": 2.0, "low": None, "high": None}


@given(values, st.floats(-100, 100))
def test_a_difference_that_is_always_the_same_is_certain(before, by):
    found = difference(before, [b - by for b in before])
    assert found["mean"] == pytest.approx(by, abs=0.02)
    if found["low"] is not None:
        assert found["high"] - found["low"] < 0.05


def test_a_difference_is_paired():
    """Student's t x the standard error of the differences, not of the two columns."""
    found = difference([1.0, 100.0, 200.0], [0.0, 98.0, 197.0])
    assert found["mean"] == 2
    assert found["low"] == pytest.approx(2 - 4.303 / 3**0.5, abs=0.01)
    assert found["worse"] == 0


@given(values)
def test_the_worst_twentieth_lies_between_mean_and_maximum(of):
    assert statistics.mean(of) - 1e-6 <= es95(of) <= max(of)


@given(st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=30), st.floats(1, 100))
def test_who_is_always_better_by_the_same_saves_that_in_the_worst_too(before, by):
    found = es95_difference(before, [b - by for b in before])
    for end in ("mean", "low", "high"):
        assert found[end] == pytest.approx(by, abs=0.02)


@pytest.mark.parametrize(
    ("freedom", "published"),
    [(1, 12.706), (2, 4.303), (4, 2.776), (5, 2.571), (7, 2.365), (10, 2.228), (30, 2.042),
     (120, 1.980), (10**6, 1.960)],
)  # fmt: skip
def test_students_t_is_as_published(freedom, published):
    assert student(freedom) == pytest.approx(published, rel=1.5e-3)


def test_a_quantile_is_the_smallest_that_enough_do_not_exceed():
    assert [quantile(range(1, 21), q) for q in (0.0, 0.05, 0.5, 0.95, 1.0)] == [1, 1, 10, 19, 20]
