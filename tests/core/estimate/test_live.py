"""A source's forecast while the box runs: what it lacks is said, and a restart changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate import kept
from edgenode.core.estimate.events.detector import Detector
from edgenode.core.estimate.forecast import saved
from edgenode.core.estimate.forecast.residuals import LEVELS, NEEDED
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.core.estimate.kept import Estimates
from edgenode.core.estimate.live import STALE_BARS, LiveForecast, name_of
from edgenode.model.signals import Bar, Source
from tests.core.estimate.forecast.series import wandering

SOURCE = Source(id="feed:x", instrument="WETH-USDC", decimals=2)
FROM = 1_800_000_000
WARM = NEEDED + 5  # bars of a minute until the next five minutes are said


def bars(values, first=0):
    """Bars with these values; None is a bar that nobody stores."""
    return [Bar(begins_s=FROM + 60 * i, value=None if v is None else round(v * 100))
            for i, v in enumerate(values, first) if v is not None]  # fmt: skip


def fed(values):
    live = LiveForecast(SOURCE)
    for bar in bars(values):
        live.take(bar)
    return live


def shown(live, bars_later=0):
    return live.shown(live.signal.newest_s + 60 * (1 + bars_later))


def test_nothing_is_said_before_the_first_value():
    live = LiveForecast(SOURCE)
    live.take(Bar(begins_s=FROM, spread_ticks=3))
    live.passed(FROM + 600)
    found = live.shown(FROM + 600)
    assert (found.state, found.newest_s, found.past) == ("waiting", None, ())


@pytest.mark.parametrize("count", [1, 40, WARM - 1])
def test_a_young_forecast_says_how_many_bars_it_has_of_how_many(count):
    found = shown(fed(wandering(3, count, step_s=60)))
    assert found.state == "warming"
    first = found.horizons[0]
    assert (first.minutes, first.have, first.need, first.quantiles) == (5, count, WARM, {})
    assert found.usual > 0


def test_what_stands_in_is_the_mean_of_what_was_sparse_too():
    """One bar in five with 10: a minute brings 2, not the middle of their logs."""
    found = shown(fed([0.0, 0.0, 10.0, 0.0, 0.0] * 8))
    assert found.state == "warming"
    assert found.usual == pytest.approx(2.0, rel=0.2)


def test_a_warm_one_says_each_quantile_by_its_name_and_what_it_said_before():
    found = shown(fed(wandering(3, 400, step_s=60)))
    assert found.state == "ready"
    for ahead in found.horizons:
        assert list(ahead.quantiles) == [name_of(level) for level in LEVELS]
        assert list(ahead.quantiles.values()) == sorted(ahead.quantiles.values())
        assert ahead.have == ahead.need
    assert len(found.past) == len(found.said) == 60
    assert all(low <= middle <= high for _, (low, middle, high) in found.said)


def test_it_says_since_when_nothing_was_heard():
    live = fed(wandering(3, 200, step_s=60))
    assert shown(live, STALE_BARS).state == "ready"
    found = shown(live, STALE_BARS + 1)
    assert (found.state, found.heard_s) == ("stale", FROM + 200 * 60)


def test_a_horizon_that_lost_its_skill_is_named_with_its_reason():
    live = fed(wandering(3, 700, step_s=60))  # the average's errors are scored in turn
    watch = live.signal.horizons[0].watch
    watch.why, watch.since_s = "it lost more", FROM
    found = shown(live)
    assert found.state == "fallback"
    assert [ahead.fallen for ahead in found.horizons] == ["it lost more", "", "", ""]
    assert found.horizons[0].fallen_s == FROM


def test_a_gap_is_shown_as_one():
    found = shown(fed([1.0, None, None, 2.0]))
    assert [value for _, value in found.past] == [1.0, None, None, 2.0]


VALUES = st.lists(st.none() | st.floats(0, 1_000), min_size=10, max_size=60)


@given(VALUES, st.integers(0, 2**16), st.data())
def test_a_saved_state_and_the_bars_since_say_the_same_to_the_last_bit(values, seed, data):
    values = [*wandering(seed, 150, step_s=60), *values]
    kept, killed = (data.draw(st.integers(0, len(values))) for _ in "12")
    kept, killed = sorted((kept, killed))
    live, state = LiveForecast(SOURCE), None
    for number, value in enumerate(values):
        if number == kept:
            state = saved.save(live.signal)
        live.passed(FROM + 60 * number)  # as a closing does, also while nothing is heard
        for bar in bars([value], number):
            live.take(bar)
    again = LiveForecast(SOURCE, Estimates(saved.load(state)) if state else None)
    stored = bars(values)
    for bar in stored[:killed]:
        again.take(bar)
    for bar in stored:  # those that it has seen change nothing
        again.take(bar)
    for one in (live, again):
        one.passed(FROM + 60 * len(values))
    assert live.signal.said == again.signal.said
    assert saved.save(live.signal) == saved.save(again.signal)


def test_a_state_of_another_kind_of_bars_is_not_taken():
    five = LiveForecast(Source(id="feed:x", instrument="WETH-USDC", step_s=300))
    live = LiveForecast(SOURCE, Estimates(five.signal))
    assert live.signal.step_s == 60


def test_a_jump_of_a_million_stays_within_fifty_times_the_largest():
    live = fed([*wandering(3, 300, step_s=60), 1e6, 5.0])
    largest = live.signal.largest
    assert all(q <= 50 * largest * a.minutes * 1.01
               for a in shown(live).horizons for q in a.quantiles.values())  # fmt: skip


SLOW = Source(id="feed:y", instrument="WETH-USDC", step_s=300, decimals=2)
DAYS = 5 * 288


def surging(live):
    """Feed five days and then six times the usual for an hour; returns when alarms were raised."""
    values = wandering(11, DAYS)
    values += [6 * v for v in values[-12:]]
    raised = []
    for i, value in enumerate(values):
        before = live.alarm
        live.take(Bar(begins_s=FROM + 300 * i, value=round(value * 100)))
        if live.alarm is not before:
            raised.append(i)
    return raised


def test_a_surge_in_its_bars_is_an_alarm():
    raised = surging(LiveForecast(SLOW))
    assert [i for i in raised if DAYS <= i < DAYS + 4]


def test_a_bar_that_is_told_twice_raises_nothing_twice():
    live = LiveForecast(SLOW)
    surging(live)
    alarm, state = live.alarm, kept.save(live.signal, live.detector, live.aggregate)
    live.take(Bar(begins_s=FROM + 300 * (DAYS + 2), value=10**9))
    assert live.alarm is alarm
    assert kept.save(live.signal, live.detector, live.aggregate) == state


def test_saved_estimates_of_another_step_are_not_taken():
    live = LiveForecast(SLOW, Estimates(Signal(60, counts=False), Detector(60, counts=False)))
    assert (live.signal.step_s, live.detector.step_s) == (300, 300)


@pytest.mark.parametrize("ahead_s", [2 * 3_600, 86_400])
def test_what_was_heard_in_a_time_that_has_not_come_is_stale(ahead_s):
    live = fed(wandering(3, 400, step_s=60))
    now_s = live.signal.newest_s + 60
    assert live.shown(now_s).state == "ready"
    live.take(Bar(begins_s=now_s + ahead_s - 60, value=100))
    assert live.shown(now_s).state == "stale"
    assert live.shown(now_s + ahead_s).state == "ready"
