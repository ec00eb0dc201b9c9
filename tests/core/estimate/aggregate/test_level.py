"""A source beside its own usual level: any unit, bounded, silent where it is not heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.aggregate.level import LOG_MAX, STALE_BARS, Level
from tests.core.estimate.forecast.series import wandering


def fed(values, step_s=300, unit=1.0):
    level = Level(step_s, counts=False)
    for i, value in enumerate(values):
        level.take(i * step_s, None if value is None else unit * value)
    return level


@given(st.integers(0, 99), st.sampled_from([2.0**-20, 8.0, 2.0**30]))
def test_the_unit_does_not_matter(seed, unit):
    values = wandering(seed, 100)
    assert fed(values).logs == pytest.approx(fed(values, unit=unit).logs)


@given(st.integers(0, 99), st.floats(0, 1e12))
def test_an_absurd_value_leaves_little_behind(seed, absurd):
    values = wandering(seed, 300)
    plain, hit = fed(values), fed([*values[:200], absurd, *values[201:]])
    assert all(abs(log) <= LOG_MAX for log in hit.logs)
    assert hit.usual.level <= 1.5 * plain.usual.level


def test_it_is_silent_before_it_is_warm_and_where_it_is_not_heard():
    assert fed(wandering(1, 71)).surprise(70 * 300) is None
    level = fed(wandering(1, 72))
    newest = 71 * 300
    assert level.surprise(newest) == level.logs
    assert level.surprise(newest + STALE_BARS * 300) == level.logs
    assert level.surprise(newest + (STALE_BARS + 1) * 300) is None


@pytest.mark.parametrize("value", [None, -1.0, float("inf"), float("nan")])
def test_what_is_no_value_is_missing_and_no_zero(value):
    level = fed(wandering(1, 100))
    held = list(level.logs)
    level.take(100 * 300, value)
    assert (level.logs, level.heard_s) == (held, 99 * 300)


def test_a_bar_that_is_not_newer_changes_nothing():
    level = fed(wandering(1, 100))
    held = list(level.logs)
    level.take(99 * 300, 1e9)
    level.take(5 * 300, 1e9)
    assert level.logs == held


def test_a_bar_from_far_ahead_changes_nothing_until_another_confirms_it():
    level = fed(wandering(1, 100))
    level.take(10**9, 1e9)
    level.take(100 * 300, 50.0)
    assert level.heard_s == 100 * 300
