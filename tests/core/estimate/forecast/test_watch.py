import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.forecast.watch import DAY_S, Watch

GOOD, BAD = (0.9, 1.0), (0.9, 1.2)  # how often the band held, loss over the average's


def lived(days, watch=None, begin=0):
    """Let a watch live through days of (share held, loss); return what it said each morning."""
    watch, said = watch or Watch(), []
    for day, (share, loss) in enumerate(days, start=begin):
        for i in range(20):
            at_s = day * DAY_S + i * 3_600
            watch.take(at_s, held=i < 20 * share, lost=loss, average_lost=1.01)
            if i == 0:
                said.append(watch.why)
    return watch, said


def test_it_falls_on_the_third_day_that_lost_more_and_says_why():
    watch, said = lived([GOOD] * 4 + [BAD] * 4)
    assert said[:7] == [""] * 7
    assert said[7] == "it lost more than the half-hour average for 3 days"
    assert (watch.fallen, watch.since_s) == (True, 7 * DAY_S)


def test_two_bad_days_or_equal_ones_are_no_reason():
    assert not any(lived([GOOD, BAD, BAD] * 5)[1])
    assert not any(lived([(0.9, 1.02)] * 15)[1])


def test_it_falls_when_the_band_held_too_seldom_in_seven_days():
    _, said = lived([(0.75, 0.5)] * 9)
    assert said[:7] == [""] * 7
    assert said[7] == "its 90 % band held 75 % in 7 days"


def test_it_stands_again_after_three_days_that_are_better_and_hold():
    watch, said = lived([BAD] * 5 + [GOOD] * 5)
    assert [bool(why) for why in said] == [False] * 3 + [True] * 5 + [False] * 2
    assert not watch.fallen
    held, _ = lived([(0.8, 1.2)] * 5 + [(0.8, 0.5)] * 9)
    assert held.fallen, "better, but its band does not hold"


def test_what_ended_the_fall_is_no_reason_for_the_next():
    _, said = lived([(0.5, 0.5)] * 8 + [GOOD] * 12)
    assert said[7]
    assert not any(said[11:])


def test_days_with_few_bars_count_as_none():
    watch = Watch()
    for day in range(30):
        for i in range(5):
            watch.take(day * DAY_S + i, held=False, lost=9.0, average_lost=1.0)
    assert not watch.fallen


@given(
    st.lists(
        st.tuples(st.sampled_from([0.5, 0.9, 1.0]), st.sampled_from([0.5, 1.0, 2.0])), max_size=25
    )
)
def test_it_never_falls_on_a_day_after_which_both_rules_hold(days):
    watch, _ = lived(days)
    good, _ = lived([GOOD] * 8, watch, begin=len(days))
    assert not good.fallen


@pytest.mark.parametrize("at_s", [-1, 0, 1 << 40])
def test_any_time_is_a_day(at_s):
    Watch().take(at_s, held=True, lost=0.0, average_lost=0.0)
