import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.profile import RATIO_MAX, RATIO_MIN, DayProfile


def test_a_habit_is_learned_as_a_multiple_of_the_level():
    profile = DayProfile(30.0)
    for day in range(30):
        for hour in range(48):
            at_s = day * 86_400 + hour * 1_800
            profile.take(profile.slot(at_s), 300.0 if hour == 20 else 100.0, 100.0)
    assert profile.at(20) == pytest.approx(3.0)
    assert profile.ahead(19, 30) == pytest.approx(math.log(3))
    assert profile.ahead(19, 60) == pytest.approx(math.log(2)), "the mean of a 3 and a 1"


@given(st.lists(st.tuples(st.integers(0, 2**40), st.floats(0, 1e300), st.floats(0, 1e300))))
def test_no_ratio_leaves_its_bounds(bars):
    profile = DayProfile(1.0)
    for at_s, value, level in bars:
        profile.take(profile.slot(at_s), value, level)
    assert all(0 <= ratio <= RATIO_MAX for ratio in profile.ratios)
    assert profile.at(0) >= RATIO_MIN
    assert math.isfinite(profile.ahead(7, 60))


@pytest.mark.parametrize("step_min", [0.5, 1.0, 5.0, 7.0, 30.0, 60.0, 1440.0])
def test_every_time_of_day_has_a_slot(step_min):
    profile = DayProfile(step_min)
    slots = {profile.slot(at_s) for at_s in range(0, 86_400, 60)}
    assert slots <= set(range(len(profile.ratios)))
