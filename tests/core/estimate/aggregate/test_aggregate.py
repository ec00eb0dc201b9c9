"""The laws of the aggregate: what others say helps where it proved to, or changes nothing."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.aggregate.aggregate import CALENDAR, MEMBERS_MAX, Aggregate
from edgenode.core.estimate.aggregate.pool import NARROW_MIN
from edgenode.core.estimate.aggregate.regressor import SHIFT_MAX
from edgenode.core.estimate.aggregate.trial import DROPPED, SHADOW, USED
from edgenode.core.estimate.forecast.horizon import pinball
from edgenode.core.estimate.forecast.signal import Signal
from tests.core.estimate.aggregate.feeds import DAY, STEP_S, Stage, leading, target, useless

VALUES = target()
LEAD = leading(VALUES)


def proved():
    stage = Stage(VALUES, {"lead": LEAD})
    stage.run(len(LEAD) - 5)
    return stage


def logs(quantiles):
    return [math.log(q + 1) for _, found in sorted(quantiles.items()) for q in found]


def loss(stage, quantiles, at):
    """Return what quantiles of the next hour, said at a bar, lost once it was over."""
    bars, floor = 3_600 // STEP_S, stage.signal.floor
    found = math.log(sum(stage.target[at + 1 : at + 1 + bars]) / bars + floor)
    return pinball([math.log(q / bars + floor) for q in quantiles[60]], found)


def test_what_leads_is_used_once_it_proved_and_then_saves_loss():
    stage, alone, with_it = Stage(VALUES, {"lead": LEAD}), 0.0, 0.0
    stage.run(7 * DAY)
    assert stage.aggregate.trials()["lead"].state == USED
    for at in range(7 * DAY, len(LEAD) - 10):
        said = stage.run(at + 1)
        alone += loss(stage, stage.signal.said, at)
        with_it += loss(stage, said, at)
    assert with_it < 0.95 * alone
    assert stage.aggregate.shares() == {"lead": 1.0}


def test_in_shadow_it_changes_nothing_to_the_last_bit():
    stage = Stage(VALUES, {"lead": LEAD})
    for at in range(1, 5 * DAY, 17):
        assert stage.run(at) == stage.signal.said
    assert stage.aggregate.trials()["lead"].state == SHADOW


def test_what_says_nothing_of_the_target_has_no_weight_and_is_dropped():
    stage = Stage(target(days=20), {"noise": useless(20 * DAY)})
    said = stage.run()
    assert said == stage.signal.said
    assert stage.aggregate.trials()["noise"].state in {SHADOW, DROPPED}
    assert stage.aggregate.shares() == {}


def test_the_loss_by_what_says_nothing_is_bounded():
    values = target(days=20, seed=9)
    stage = Stage(values, {f"noise-{i}": useless(20 * DAY, seed=i) for i in range(4)})
    stage.run(6 * DAY)
    alone = with_it = 0.0
    for at in range(6 * DAY, 20 * DAY - 10):
        said = stage.run(at + 1)
        alone, with_it = (
            alone + loss(stage, stage.signal.said, at),
            with_it + loss(stage, said, at),
        )
    assert with_it <= 1.01 * alone


def test_a_copy_changes_nothing():
    more = {"lead": LEAD, "zz": [3 * value for value in LEAD]}
    stage, plain = Stage(VALUES, more), proved()
    stage.run(plain.at)
    assert stage.aggregate.copies.of == {"zz": "lead"}
    assert logs(stage.aggregate.said) == pytest.approx(logs(plain.aggregate.said), abs=0.02)


@settings(max_examples=6)
@given(st.permutations(["lead", "late", "noise"]))
def test_the_order_of_sources_does_not_matter(order):
    sources = {"lead": LEAD, "late": leading(VALUES, seed=4, bars=1), "noise": useless(9 * DAY)}
    plain, mixed = Stage(VALUES, sources), Stage(VALUES, sources, order=order)
    mixed.sources = {name: sources[name] for name in order}
    assert plain.run(8 * DAY) == mixed.run(8 * DAY)
    assert plain.aggregate.shares() == mixed.aggregate.shares()


ABSURD = st.sampled_from([0.0, 1e-9, 1e6, 1e12, 1e300, float("nan"), float("inf"), -1.0, None])


@settings(max_examples=15)
@given(st.lists(ABSURD, min_size=1, max_size=8))
def test_absurd_values_of_one_source_move_quantiles_by_a_bounded_factor(absurd):
    stage = proved()
    for value in absurd:
        at = stage.at
        stage.sources = {"lead": [*[None] * at, value]}
        if at >= len(VALUES):
            break
        said = stage.run(at + 1)
        for minutes, found in said.items():
            now, before = (
                [math.log(q * STEP_S / 60 / minutes + stage.signal.floor) for q in one]
                for one in (found, stage.signal.said[minutes])
            )
            for one, alone in zip(now, before, strict=True):
                narrowed = (1 - NARROW_MIN) * abs(alone - before[4])
                assert abs(one - alone) <= SHIFT_MAX + narrowed + 1e-9


def test_a_source_that_stops_leaves_the_target_to_itself():
    stage = proved()
    stage.sources = {}
    stage.target = [*VALUES[: stage.at], *[50.0] * 8]
    assert stage.run() == stage.signal.said


def test_a_missing_bar_of_the_target_teaches_nothing_and_sources_speak_on():
    stage = proved()
    held = [list(one) for one in stage.aggregate.members["lead"].regressor.weights]
    at = stage.at
    stage.aggregate.hear("lead", at * STEP_S, 9_000.0)
    stage.signal.bar(at * STEP_S, None)
    said = stage.aggregate.step(at * STEP_S, stage.signal)
    assert said != stage.signal.said
    assert stage.aggregate.members["lead"].regressor.weights == held


def test_a_gap_is_the_same_however_it_is_told():
    told, left_out = proved(), proved()
    at = told.at
    for gone in range(3):
        told.signal.bar((at + gone) * STEP_S, None)
        told.aggregate.step((at + gone) * STEP_S, told.signal)
    for stage in (told, left_out):
        stage.signal.bar((at + 3) * STEP_S, 70.0)
        stage.aggregate.step((at + 3) * STEP_S, stage.signal)
    assert told.aggregate.said == left_out.aggregate.said


def test_a_mean_is_taken_back_as_quantiles_are_corrected():
    stage = proved()
    aggregate, signal = stage.aggregate, stage.signal
    assert aggregate.said != signal.said
    for index, minutes in enumerate(aggregate.minutes):
        bars, back = minutes * 60 // STEP_S, aggregate.uncorrected(index, signal)
        for said, alone in zip(aggregate.said[minutes], signal.said[minutes], strict=True):
            assert back(said / bars) == pytest.approx(alone / bars)


def test_a_bar_that_is_not_newer_changes_nothing():
    stage = proved()
    said = stage.aggregate.said
    assert stage.aggregate.step((stage.at - 1) * STEP_S, stage.signal) == said


def test_only_bars_that_are_closed_when_the_targets_bar_closes_are_taken():
    aggregate = Aggregate(Signal(60, counts=False))
    assert aggregate.usable_s(600, 60) == 600
    assert aggregate.usable_s(600, 300) == 120
    early = Aggregate(Signal(60, counts=False), early=True)
    assert early.usable_s(600, 60) == 540
    slow = Aggregate(Signal(300, counts=False))
    assert slow.usable_s(600, 60) == 840  # and none of what is forecast


def test_bars_from_before_a_source_joined_are_not_taken():
    aggregate = Aggregate(Signal(60, counts=False))
    aggregate.join("a", 60, counts=False, from_s=600)
    aggregate.hear("a", 540, 1.0)
    aggregate.hear("a", 600, 1.0)
    assert list(aggregate.members["a"].waiting) == [(600, 1.0)]


def test_the_number_of_sources_is_bounded():
    aggregate = Aggregate(Signal(60, counts=False))
    joined = [aggregate.join(f"s{i}", 60, counts=False) for i in range(MEMBERS_MAX + 2)]
    assert joined == [True] * MEMBERS_MAX + [False, False]
    assert not aggregate.join("s1", 60, counts=False)
    aggregate.leave("s1")
    assert aggregate.join("s1", 60, counts=False)


def test_an_announced_event_raises_the_forecast_before_it_begins():
    events = [(day * 86_400 + 40_000, day * 86_400 + 43_600) for day in range(1, 16)]
    values = target(days=14)
    runs = {at for begins, ends in events for at in range(begins // STEP_S, ends // STEP_S)}
    values = [6 * value if i in runs else value for i, value in enumerate(values)]
    before = events[12][0] // STEP_S
    stage = Stage(values, {}, events=events[::2])  # every other one is announced: no habit
    stage.run(before)
    trial = stage.aggregate.trials()[CALENDAR]
    assert trial.state == USED
    assert stage.aggregate.said[60][4] > 2 * stage.signal.said[60][4]
