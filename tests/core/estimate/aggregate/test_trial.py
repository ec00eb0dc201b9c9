"""The trial of a correction: shadow, used, dropped, and back."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.aggregate.trial import (
    DAY_S,
    DAYS_KEPT,
    DAYS_LEAST,
    DROPPED,
    SCORED_LEAST,
    SHADOW,
    USED,
    Trial,
)


def days(trial, losts, first=0, scores=20):
    """Score days: what it lost of each, where the forecast alone lost 1 a bar."""
    for day, lost in enumerate(losts, first):
        for i in range(scores):
            trial.take(day * DAY_S + i * 600, lost=lost, alone=1.0)
    trial.pass_to((first + len(losts)) * DAY_S)
    return trial


def test_it_is_in_shadow_without_weight_until_it_saved_on_enough_days():
    trial = days(Trial(), [0.9] * (DAYS_LEAST - 1))
    assert (trial.state, trial.weight) == (SHADOW, 0.0)
    trial = days(trial, [0.9], first=DAYS_LEAST - 1)
    assert trial.state == USED
    assert abs(trial.weight - 0.1) < 1e-9
    assert (trial.since_s, trial.why) == (
        DAYS_LEAST * DAY_S,
        "it saved 10.0 % of the loss in 5 days",
    )


def test_savings_that_chance_explains_prove_nothing():
    assert days(Trial(), [0.5, 1.45, 0.5, 1.45, 1.0] * 3).state != USED


def test_it_is_dropped_behind_fourteen_days_that_lost_more_and_says_when_and_why():
    trial = days(Trial(), [1.01] * (DAYS_KEPT - 1))
    assert trial.state == SHADOW
    trial = days(trial, [1.01], first=DAYS_KEPT - 1)
    assert (trial.state, trial.since_s) == (DROPPED, DAYS_KEPT * DAY_S)
    assert trial.why == "it lost 1.0 % in 14 days"


def test_what_is_used_and_loses_has_no_weight_and_is_dropped():
    trial = days(Trial(), [0.9] * 5)
    trial = days(trial, [1.2] * 9, first=5)
    assert (trial.state, trial.weight) == (DROPPED, 0.0)
    trial = days(days(Trial(), [0.9] * 5), [1.2] * 3, first=5)
    assert (trial.state, trial.weight) == (USED, 0.0)


def test_a_dropped_one_proves_itself_again_by_fresh_days_alone():
    trial = days(Trial(), [1.1] * 14)
    trial = days(trial, [0.9] * 4, first=14)
    assert trial.state == DROPPED
    trial = days(trial, [0.9], first=18)
    assert trial.state == USED


@given(st.lists(st.floats(0.5, 2.0), max_size=40), st.integers(1, SCORED_LEAST - 1))
def test_days_with_few_scores_count_as_none(losts, scores):
    trial = days(Trial(), losts, scores=scores)
    assert (trial.state, trial.skill) == (SHADOW, None)


@given(st.lists(st.floats(0.0, 3.0), max_size=60))
def test_a_weight_is_never_below_zero_and_never_without_proof(losts):
    trial = days(Trial(), losts)
    assert 0 <= trial.weight <= 1
    assert trial.state == USED or trial.weight == 0
