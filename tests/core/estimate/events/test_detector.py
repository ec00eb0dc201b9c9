"""Surges are found in time, and traps of feeds raise nothing."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.events.detector import QUICK, STEADY, Detector
from edgenode.core.estimate.events.saved import save
from tests.core.estimate.forecast.series import DAY, STEP_S, wandering

HOUR = 12


def fed(detector, values, begin=0):
    """Feed bars from the bar `begin` on; return the alarms."""
    found = [detector.bar((begin + i) * STEP_S, value) for i, value in enumerate(values)]
    return [alarm for alarm in found if alarm is not None]


def calm(seed=1, days=6, **how):
    detector, values = Detector(STEP_S, counts=False, **how), wandering(seed, days * DAY)
    fed(detector, values)
    return detector, values


def surge(detector, values, times, bars=HOUR):
    return fed(detector, [times * value for value in values[:bars]], begin=len(values))


@pytest.mark.parametrize("seed", range(8))
def test_six_times_the_volume_is_found_within_a_quarter_of_an_hour(seed):
    detector, _ = calm(seed)
    begin = 6 * DAY * STEP_S
    usual = detector.usual(begin)
    alarms = fed(detector, [6 * usual] * HOUR, begin=6 * DAY)
    assert alarms[0].at_s + STEP_S - begin <= 900
    assert alarms[0].began_s <= alarms[0].at_s
    assert alarms[0].times == pytest.approx(6, rel=0.5)
    assert alarms[0].score >= 1


def test_a_quick_detector_is_no_later_than_a_steady_one_and_raises_no_less():
    for seed in range(5):
        counts = {}
        for spreads in (STEADY, QUICK):
            detector = Detector(STEP_S, counts=False, spreads=spreads)
            counts[spreads] = len(fed(detector, wandering(seed, 12 * DAY)))
        assert counts[STEADY] <= counts[QUICK] <= 4 * 12


def test_what_stays_high_raises_its_own_bar_only_after_an_hour():
    detector = Detector(STEP_S, counts=False)
    fed(detector, [100.0] * 5 * DAY)
    before = detector.usual(0)
    fed(detector, [600.0] * HOUR, begin=5 * DAY)
    assert detector.usual(0) == before
    fed(detector, [600.0] * 10 * DAY, begin=5 * DAY + HOUR)
    assert detector.usual(0) == pytest.approx(600, rel=0.25)
    assert fed(detector, [600.0] * DAY, begin=15 * DAY + HOUR) == []


def test_nothing_is_raised_before_three_days_were_seen():
    assert fed(Detector(STEP_S, counts=False), [1.0] * DAY + [1e6] * DAY) == []


def test_nights_in_which_hardly_anything_comes_do_not_make_busy_hours_look_wild():
    whole, shop = Detector(STEP_S, counts=True), Detector(STEP_S, counts=True)
    values = [value / 4 for value in wandering(6, 12 * DAY, day=False)]
    fed(whole, values)
    fed(shop, [value if 120 <= i % DAY < 216 else 0.0 for i, value in enumerate(values)])
    assert not shop.closed.shut
    assert shop.spread > 0.9 * whole.spread


def test_a_missing_bar_is_no_zero_and_no_surge():
    told, silent = calm()[0], calm()[0]
    for detector in (told, silent):
        fed(detector, [50.0] * 2, begin=6 * DAY)
    fed(told, [None] * 5, begin=6 * DAY + 2)
    fed(told, [50.0], begin=6 * DAY + 7)
    fed(silent, [50.0], begin=6 * DAY + 7)
    assert save(told) == save(silent)


@pytest.mark.parametrize("gap", [0.0, None])
def test_a_weekend_and_its_opening_raise_nothing_and_teach_nothing(gap):
    detector, values = calm(days=10)
    level = detector.habit.level
    fed(detector, [gap] * 2 * DAY, begin=10 * DAY)
    assert detector.habit.level == pytest.approx(level, rel=0.5)
    opening = [30 * math.exp(4)] * 6 + values[-DAY : -DAY + 60]
    assert fed(detector, opening, begin=12 * DAY) == []


def test_a_feed_that_stops_in_the_afternoon_raises_nothing_the_next_morning():
    detector, values = calm(days=6)
    stops = 6 * DAY + 200
    fed(detector, [*values[:200], *[0.0] * 88], begin=6 * DAY)
    assert fed(detector, values[:DAY], begin=stops + 88) == []


def test_things_that_hardly_ever_come_raise_nothing_when_a_few_come_together():
    detector = Detector(STEP_S, counts=True)
    rides = [1.0 if i % 40 == 0 else 0.0 for i in range(10 * DAY)]
    fed(detector, rides)
    assert fed(detector, [4.0, 3.0, 0.0, 2.0], begin=10 * DAY) == []
    assert fed(detector, [60.0] * 3, begin=10 * DAY + 4)


def test_a_bar_that_is_late_or_told_twice_changes_nothing():
    detector = calm()[0]
    kept = save(detector)
    assert detector.bar((6 * DAY - 1) * STEP_S, 1e9) is None
    assert detector.bar(5, 1e9) is None
    assert save(detector) == kept


def test_a_jump_of_a_million_fold_is_one_alarm_and_is_forgotten():
    detector, values = calm()
    assert len(fed(detector, [1e6 * values[-1]], begin=6 * DAY)) == 1
    usual = detector.usual(0)
    later = fed(detector, wandering(3, 2 * DAY), begin=6 * DAY + 1)
    assert detector.usual(0) < 5 * usual
    assert len(later) < 6
    assert surge(detector, wandering(3, 8 * DAY + 1), 12)


bars = st.one_of(
    st.none(), st.floats(0, 1e12), st.just(0.0), st.just(1e300), st.just(5e-324),
    st.just(math.nan), st.just(math.inf), st.just(-1.0),
)  # fmt: skip


@settings(max_examples=50)
@given(
    st.booleans(), st.sampled_from([60, 300, 1_800]),
    st.lists(st.tuples(st.integers(-2, 400), bars), max_size=60),
)  # fmt: skip
def test_whatever_a_feed_says_it_stays_finite(counts, step_s, moves):
    detector = Detector(step_s, counts=counts)
    for i, value in enumerate(wandering(2, 4 * 86_400 // step_s // 4, step_s=step_s)):
        detector.bar(4 * i * step_s, value)
    at_s = 5 * 86_400
    for steps, value in moves:
        at_s = max(0, at_s + steps * step_s)
        alarm = detector.bar(at_s, value)
        if alarm is not None:
            assert alarm.began_s <= alarm.at_s
            assert 0 < alarm.times < 1e3
            assert alarm.score >= 1
        assert 0 < detector.usual(at_s) < math.inf
        assert detector.threshold < 10
    save(detector)  # refuses what is not finite
