"""The calendar as a regressor: it speaks of what is announced, and of nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.aggregate.announced import Announced

STEP_S, HOUR_S = 300, 3_600
EVENTS = st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 4_000)), max_size=5).map(
    lambda found: [(begins, begins + lasts) for begins, lasts in found]
)


def test_it_is_silent_where_nothing_is_announced():
    calendar = Announced(STEP_S, horizons=1)
    calendar.announce([(HOUR_S * 5, HOUR_S * 6)])
    assert calendar.speak(0, [HOUR_S]) is None
    assert calendar.speak(HOUR_S * 6, [HOUR_S]) is None


def test_it_tells_the_share_of_the_next_minutes_and_whether_one_runs():
    calendar = Announced(STEP_S, horizons=2)
    calendar.announce([(HOUR_S, 2 * HOUR_S), (HOUR_S, 2 * HOUR_S)])
    spoken = calendar.speak(HOUR_S // 2 - STEP_S, [HOUR_S, 2 * HOUR_S])
    assert spoken.features == [[0.5, 0.0], [0.5, 0.0]]
    spoken = calendar.speak(HOUR_S, [HOUR_S, 2 * HOUR_S])
    assert spoken.features[0] == [pytest.approx(11 / 12), 1.0]


def test_it_learns_what_events_bring_and_says_it_before_the_next_one():
    calendar = Announced(STEP_S, horizons=1)
    events = [(day * 86_400, day * 86_400 + HOUR_S) for day in range(1, 12)]
    calendar.announce(events)
    for at_s in range(0, 10 * 86_400, STEP_S):
        spoken = calendar.speak(at_s, [HOUR_S])
        if spoken is not None:
            calendar.learn(spoken, 0, 1.5 * spoken.features[0][0])
    (shift,) = calendar.shifts(11 * 86_400 - STEP_S, [HOUR_S])
    assert 1.0 < shift < 1.6


@given(EVENTS, st.integers(0, 40))
def test_a_share_is_one_however_events_overlap(events, bar):
    calendar = Announced(STEP_S, horizons=1)
    calendar.announce(events)
    spoken = calendar.speak(bar * STEP_S, [HOUR_S])
    assert spoken is None or all(0 <= share <= 1 for share in spoken.features[0])
    held = calendar.shifts(bar * STEP_S, [HOUR_S])
    assert held == (None if spoken is None else spoken.shifts)
