"""What feeds do wrong: bounded effects on quantiles and chances, never an error, never NaN."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.forecast.explanation import explain
from edgenode.core.estimate.forecast.horizon import HORIZONS_MIN
from edgenode.core.estimate.forecast.saved import load, save
from edgenode.core.estimate.forecast.signal import GROWS_MAX, Signal
from tests.core.estimate.forecast.series import DAY, STEP_S, fed, wandering

VALUES = wandering(31, 12 * DAY)
WARM = 6 * DAY


def warm():
    signal = Signal(STEP_S, counts=False)
    fed(signal, VALUES[:WARM])
    return signal


def goes_on(signal, bars, begin=WARM):
    """Feed what comes next; check each answer."""
    for i in range(begin, begin + bars):
        signal.bar(i * STEP_S, VALUES[i])
        sane(signal)
    return signal


def sane(signal):
    assert set(signal.said) == set(HORIZONS_MIN)
    for minutes, quantiles in signal.said.items():
        most = GROWS_MAX * signal.largest * minutes * 60 / signal.step_s
        assert all(math.isfinite(q) and 0 <= q <= 1.01 * most for q in quantiles)
        assert quantiles == sorted(quantiles)
        two, four = (signal.probabilities()[minutes][times] for times in (2, 4))
        assert 0 <= four <= two <= 1
        assert len(explain(signal, minutes).sentence) < 300


def apart(one, other):
    """Return by which factor two signals' middles are apart, at most."""
    logs = [
        abs(math.log(one.said[minutes][4] / other.said[minutes][4])) for minutes in HORIZONS_MIN
    ]
    return math.exp(max(logs))


@pytest.mark.parametrize("bars", [1, 5, 12])
@pytest.mark.parametrize("begin", [WARM, WARM + DAY // 2])
def test_a_jump_of_a_million_fold_counts_as_fifty_times_the_largest_and_is_over_in_a_day(
    begin, bars
):
    plain, jumped = goes_on(warm(), begin - WARM), goes_on(warm(), begin - WARM)
    largest = jumped.largest
    for i in range(begin, begin + bars):
        jumped.bar(i * STEP_S, 1e6 * VALUES[i])
        plain.bar(i * STEP_S, VALUES[i])
        sane(jumped)
    assert jumped.largest == GROWS_MAX * largest, "however often, within a day"
    goes_on(jumped, DAY, begin + bars)
    assert apart(jumped, goes_on(plain, DAY, begin + bars)) < 1.5
    for minutes in HORIZONS_MIN:
        bad, good = jumped.said[minutes], plain.said[minutes]
        assert all(b > g / 10 for b, g in zip(bad[4:], good[4:], strict=True)), "not silenced"


@settings(max_examples=30)
@given(st.floats(0, 1e300), st.sampled_from(HORIZONS_MIN))
def test_one_bar_of_any_size_brings_no_absurd_total(value, minutes):
    signal = Signal(STEP_S, counts=False)
    fed(signal, VALUES[:300])
    most = GROWS_MAX * GROWS_MAX * max(VALUES[:300]) * minutes / 5
    assert max(signal.bar(300 * STEP_S, value)[minutes]) <= 1.01 * most < 1e13
    sane(signal)


@pytest.mark.parametrize("silence", [None, 0.0])
def test_a_feed_that_stops_for_days_is_back_within_a_day(silence):
    plain, stopped = warm(), warm()
    for i in range(WARM, WARM + 2 * DAY):
        stopped.bar(i * STEP_S, silence)
        sane(stopped)
    goes_on(plain, 4 * DAY)
    goes_on(stopped, 2 * DAY, WARM + 2 * DAY)
    assert apart(stopped, plain) < 1.5


def test_a_feed_that_repeats_itself_or_goes_back_changes_nothing():
    plain, repeats = warm(), warm()
    for i in range(WARM, WARM + 50):
        said = repeats.bar(i * STEP_S, VALUES[i])
        assert repeats.bar(i * STEP_S, 1e9) == said
        assert repeats.bar((i - 40) * STEP_S, 1e9) == said
    assert save(repeats) == save(goes_on(plain, 50))


@pytest.mark.parametrize("ahead_s", [2 * 86_400, 10**9, 10**12])
def test_one_bar_from_the_future_changes_nothing_of_what_comes_next(ahead_s):
    plain, future = warm(), warm()
    assert future.bar(WARM * STEP_S + ahead_s, 1e9) == plain.said
    assert save(goes_on(future, 20)) == save(goes_on(plain, 20))


def test_a_feed_whose_times_are_milliseconds_says_no_nonsense():
    signal = Signal(STEP_S, counts=False)
    for i in range(12):
        signal.bar(i * STEP_S * 1_000, VALUES[i])
    assert signal.said == {}


def test_it_falls_back_when_its_skill_is_gone_and_returns_with_it():
    """Planted: for days the forecast of one horizon is off by a factor of up to 50."""
    signal, rng, seen = Signal(STEP_S, counts=False), random.Random(4), {}
    values = wandering(33, 23 * DAY)
    for i, value in enumerate(values):
        day, horizon = i / DAY, signal.horizons[1]
        kept = horizon.weights
        if 8 <= day < 12:
            horizon.weights = [rng.uniform(-4, 4), *kept[1:]]
        signal.bar(i * STEP_S, value)
        if 8 <= day < 12:
            horizon.weights = kept
        seen.setdefault(bool(signal.fallen()), []).append(day)
        if i == 12 * DAY - 1:
            assert_average_speaks(signal)
    first, last = seen[True][0], seen[True][-1]
    assert 8 < first < 12 < last < 22, "the errors of these days leave its memory after 8 more"
    assert signal.fallen() == {}
    assert [day for day in seen[False] if first < day < last] == []


def assert_average_speaks(signal):
    assert list(signal.fallen()) == [15]
    assert "it lost more than the half-hour average" in signal.fallen()[15]
    errors, base = signal.horizons[1].average.quantiles(), signal.averages.base
    totals = [3 * (math.exp(base + error) - signal.floor) for error in errors]
    assert signal.said[15] == pytest.approx(totals)
    assert "by the half-hour average alone" in explain(signal, 15).sentence
    assert signal.chance(15, totals[4] / 3) == pytest.approx(0.5, abs=0.01)
    loaded = load(save(signal))
    assert (loaded.fallen(), loaded.said) == (signal.fallen(), signal.said)
    assert loaded.probabilities() == signal.probabilities()
    assert save(loaded) == save(signal)
