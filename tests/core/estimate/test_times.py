import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.times import LEAP_S, MISSING_MAX, BarTimes


def taken(*at_s, step_s=300):
    times = BarTimes(step_s)
    return [times.take(one) for one in at_s]


def test_bars_that_lie_between_are_missing_and_late_ones_change_nothing():
    assert taken(0, 300, 1_200, 1_200, 900, 1_500) == [0, 0, 2, None, None, 0]


def test_one_bar_from_the_future_is_forgotten_and_a_gap_of_days_is_believed_at_its_second_bar():
    assert taken(0, 10**12, 300, 600) == [0, None, 0, 0]
    later = 3 * LEAP_S
    assert taken(0, later, later + 300, later + 600) == [0, None, 3 * 288, 0]
    assert taken(0, 10**12, 10**9, 300) == [0, None, None, 0], "two mistakes confirm nothing"
    assert taken(0, 10**12, 10**12 + 300) == [0, None, MISSING_MAX]


def test_a_first_bar_that_mistook_its_time_does_not_make_all_later_ones_old():
    assert taken(10**10, 300, 600, 10**10) == [0, 0, 0, None]
    assert taken(10**10, 300, 10**10, 600) == [0, 0, None, 0]
    assert taken(0, 10**9, 10**9 + 300, 600) == [0, None, MISSING_MAX, None]
    assert taken(LEAP_S, 0, LEAP_S + 300, -300) == [0, None, 0, None], "within a day it is late"
    assert taken(10**10, 10**10 + 300, 600) == [0, 0, None], "a second one confirmed the first"


@pytest.mark.parametrize("step_s", [1, 60, 86_400])
def test_neighbours_are_never_doubted(step_s):
    assert taken(*range(0, 5 * step_s, step_s), step_s=step_s) == [0] * 5


@given(st.lists(st.integers(0, 1 << 36)), st.integers(1, 86_400))
def test_time_never_goes_back_once_it_is_confirmed_and_gaps_are_bounded(at_s, step_s):
    times, newest = BarTimes(step_s), -1
    for one in at_s:
        only = times.newest_s == times.doubted_s
        missing = times.take(one)
        assert missing is None or 0 <= missing <= MISSING_MAX or one - newest < step_s
        assert times.newest_s >= newest or only
        newest = times.newest_s
