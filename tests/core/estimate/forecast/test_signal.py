"""A signal's forecast: bounded whatever it is fed, and right about what it has learned."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.forecast.residuals import LEVELS
from edgenode.core.estimate.forecast.saved import load, save
from edgenode.core.estimate.forecast.signal import GROWS_MAX, Signal
from tests.core.estimate.forecast.series import DAY, STEP_S, fed, wandering


def pinball(quantiles, found):
    return sum(
        max(level * (found - q), (level - 1) * (found - q))
        for level, q in zip(LEVELS, quantiles, strict=True)
    )


def test_nothing_is_said_before_enough_is_known_and_horizons_below_a_bar_never():
    signal = Signal(900, counts=False)
    assert signal.bar(0, 1.0) == {}
    assert set(fed(signal, wandering(1, 400, step_s=900), begin_s=900)) == {15, 30, 60}
    assert Signal(7_200, counts=False).bar(0, 1.0) == {}


def test_it_beats_the_half_hour_average_with_the_same_kind_of_quantiles():
    values = wandering(7, 14 * DAY)
    signal, past, losses = Signal(STEP_S, counts=False), [], {"ours": 0.0, "average": 0.0}
    average, errors, inside, scored, waiting = 0.0, [], 0, 0, []
    for i, value in enumerate(values):
        said = signal.bar(i * STEP_S, value).get(30)
        log = math.log(value)
        average = log if i == 0 else average + (log - average) * (1 - 0.5 ** (STEP_S / 1_800))
        past.append(value)
        waiting.append((said, average))
        if i < 6:
            continue
        (quantiles, held), found = waiting[i - 6], math.log(sum(past[-6:]) / 6)
        if quantiles is not None and len(errors) > 2 * DAY:
            ranked = sorted(errors[-2_400:])
            theirs = [held + ranked[int(level * (len(ranked) - 1))] for level in LEVELS]
            ours = [math.log(q / 6) for q in quantiles]
            losses["ours"] += pinball(ours, found)
            losses["average"] += pinball(theirs, found)
            inside += ours[1] <= found <= ours[7]
            scored += 1
        errors.append(found - held)
    assert losses["ours"] < 0.95 * losses["average"]
    assert inside / scored == pytest.approx(0.90, abs=0.03)


def test_chances_are_those_of_the_quantiles_and_come_as_often_as_they_say():
    values = wandering(17, 30 * DAY)
    signal, said, chances, came = Signal(STEP_S, counts=False), [], [], []
    for i, value in enumerate(values):
        quantiles = signal.bar(i * STEP_S, value)
        said.append((signal.usual()[15], signal.probabilities().get(15)))
        if i % 500 == 0 and 15 in quantiles:
            for level, quantile in zip(LEVELS, quantiles[15], strict=True):
                assert signal.chance(15, quantile / 3) == pytest.approx(1 - level, abs=0.005)
        if i > 3 * DAY:
            usual, chance = said[i - 3]
            chances.append(chance[2])
            came.append(sum(values[i - 2 : i + 1]) / 3 >= 2 * usual)
            assert 0 <= chance[4] <= chance[2] <= 1
    high = [yes for chance, yes in zip(chances, came, strict=True) if chance > 0.3]
    assert sum(came) > 100
    assert sum(chances) == pytest.approx(sum(came), rel=0.15)
    assert sum(high) / len(high) > 3 * sum(came) / len(came)


def test_a_surge_of_an_hour_does_not_make_itself_usual():
    signal = Signal(STEP_S, counts=False)
    fed(signal, [100.0] * 3 * DAY)
    for i in range(12):
        signal.bar((3 * DAY + i) * STEP_S, 600.0)
    assert signal.usual()[30] == pytest.approx(100.0, rel=0.01)


values = st.one_of(
    st.none(), st.floats(0, 1e12), st.just(0.0), st.just(1e300), st.just(math.nan),
    st.just(math.inf), st.just(-1.0),
)  # fmt: skip


@given(
    st.booleans(), st.sampled_from([60, 300, 1_800]),
    st.lists(st.tuples(st.integers(-2, 40), values), max_size=60),
)  # fmt: skip
def test_whatever_a_feed_says_quantiles_are_finite_ordered_and_bounded(counts, step_s, bars):
    signal = Signal(step_s, counts=counts)
    fed(signal, wandering(2, 200, step_s=step_s))
    at_s, largest = 200 * step_s, signal.largest
    for steps, value in bars:
        at_s = max(0, at_s + steps * step_s)
        said = signal.bar(at_s, value)
        if value is not None and math.isfinite(value):
            largest = max(largest, value)
        for minutes, quantiles in said.items():
            most = (GROWS_MAX * largest + 2 * signal.floor) * minutes * 60 / step_s
            assert all(0 <= q <= most * 1.001 for q in quantiles)
            assert quantiles == sorted(quantiles)
        for chances in signal.probabilities().values():
            assert 0 <= chances[4] <= chances[2] <= 1
        assert all(0 < usual < math.inf for usual in signal.usual().values())
    assert save(load(save(signal))) == save(signal)


def test_a_bar_that_is_late_or_told_twice_changes_nothing():
    signal = Signal(STEP_S, counts=False)
    said = fed(signal, wandering(3, 200))
    kept = save(signal)
    assert signal.bar(199 * STEP_S, 1e9) == said
    assert signal.bar(5 * STEP_S, 1e9) == said
    assert save(signal) == kept


def test_bars_that_were_left_out_are_missing_and_no_zeros():
    told, silent = Signal(STEP_S, counts=False), Signal(STEP_S, counts=False)
    fed(told, wandering(4, 600))
    fed(silent, wandering(4, 600))
    for i in range(600, 606):
        told.bar(i * STEP_S, None)
    assert told.bar(606 * STEP_S, 50.0) == silent.bar(606 * STEP_S, 50.0)
    zeros = Signal(STEP_S, counts=False)
    fed(zeros, [*wandering(4, 600), *[0.0] * 6])
    assert zeros.bar(606 * STEP_S, 50.0)[30][4] < silent.said[30][4]


def test_behind_a_gap_quantiles_are_wider_for_an_hour():
    def span(signal):
        low, high = signal.said[15][1], signal.said[15][7]
        return math.log(high / low)

    steady, gap = Signal(STEP_S, counts=False), Signal(STEP_S, counts=False)
    values = wandering(5, 3_000)
    fed(steady, values)
    fed(gap, [*values[:-2], None, values[-1]])
    assert span(gap) > 1.1 * span(steady)


def test_the_start_of_a_signal_that_jumps_a_million_fold_stays_bounded_and_comes_back():
    signal = Signal(STEP_S, counts=False)
    calm = wandering(6, 2_000)
    before = fed(signal, calm)[60][4]
    signal.bar(2_000 * STEP_S, calm[-1] * 1e6)
    after = fed(signal, wandering(8, 600), begin_s=2_001 * STEP_S)[60][4]
    assert after < 20 * before
