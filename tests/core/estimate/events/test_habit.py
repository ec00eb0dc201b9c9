import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.events.habit import FLOOR_COUNT, Habit
from tests.core.estimate.forecast.series import DAY, STEP_S

WEEK = 7 * DAY


def learned(values, *, counts=False):
    habit = Habit(STEP_S / 60, counts=counts)
    for i, value in enumerate(values):
        habit.learn(i * STEP_S, value)
    return habit


def test_it_is_what_this_time_of_day_is_like():
    habit = learned([300.0 if 120 <= i % DAY < 180 else 100.0 for i in range(20 * DAY)])
    assert habit.usual((20 * DAY + 150) * STEP_S) == pytest.approx(300, rel=0.2)
    assert habit.usual((20 * DAY + 30) * STEP_S) == pytest.approx(100, rel=0.2)


def test_after_a_weekend_it_is_what_monday_was_like():
    values = [20.0 if i % WEEK >= 5 * DAY else 200.0 for i in range(3 * WEEK)]
    habit = learned(values)
    assert habit.level < 50
    assert habit.usual((3 * WEEK + 100) * STEP_S) > 150


def test_one_wild_hour_makes_no_habit_of_the_week():
    habit = learned([100.0] * 2 * WEEK)
    for i in range(2 * WEEK, 2 * WEEK + 12):
        habit.learn(i * STEP_S, 1e9)
    assert habit.week[0] <= 300 * habit.level / 100


def test_half_a_dozen_things_are_no_event_where_hardly_any_are_usual():
    assert learned([0.0] * 50, counts=True).floor == FLOOR_COUNT


@given(st.lists(st.floats(0, 1e300), max_size=50))
def test_the_usual_is_finite_and_never_below_0(values):
    habit = learned(values)
    assert 0 <= habit.usual(0) < float("inf")
    assert habit.floor > 0
