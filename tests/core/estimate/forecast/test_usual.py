import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.forecast.usual import Usual

DAY = 288


def taken(values):
    usual = Usual(5.0)
    for i, value in enumerate(values):
        usual.take(i % DAY, value)
    return usual


def test_it_is_the_level_of_an_hour_ago_times_the_time_of_day():
    usual = taken([300.0 if i % DAY >= 144 else 100.0 for i in range(30 * DAY)])
    assert usual.now(20) == pytest.approx(100, rel=0.15)
    assert usual.ahead(200, 60) == pytest.approx(300, rel=0.25)
    assert usual.ahead(143 - 6, 60) > 1.3 * usual.ahead(100, 60), "half of that hour is busy"


def test_an_hour_of_anything_changes_nothing_of_other_times():
    usual = taken([100.0] * 3 * DAY)
    for slot in range(12):
        usual.take(slot, 1e6)
    assert usual.before == pytest.approx(100)
    assert usual.ahead(20, 30) == pytest.approx(100)


def test_missing_bars_let_the_hour_pass():
    usual = taken([100.0] * DAY)
    usual.take(0, 700.0)
    before = usual.before
    for _ in range(12):
        usual.miss()
    assert usual.before == usual.level > before
    silent = Usual(5.0)
    silent.miss()
    assert (silent.before, silent.now(3)) == (0.0, 0.0)


@given(st.lists(st.floats(0, 1e300), max_size=40))
def test_it_is_finite(values):
    usual = taken(values)
    assert 0 <= usual.now(0) < math.inf
    assert 0 <= usual.ahead(0, 60) < math.inf
