"""What another source adds: nothing where it follows the target, bounded in any case."""

import random

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.aggregate.level import SIZE
from edgenode.core.estimate.aggregate.regressor import SHIFT_MAX, Regressor, gains_of

LOGS = st.lists(st.floats(-2.5, 2.5), min_size=SIZE, max_size=SIZE)


def taught(pairs, errors):
    """Return a regressor that heard surprises beside the target's, and what came of each."""
    regressor, gains = Regressor(300, own=1 + SIZE, horizons=1), gains_of(1 + SIZE, 300)
    for (found, own), error in zip(pairs, errors, strict=True):
        spoken = regressor.speak(found, [1.0, *own], gains.of([1.0, *own]))
        regressor.learn(spoken, 0, error)
    return regressor


def drawn(rng):
    return [rng.gauss(0, 0.7) for _ in range(SIZE)]


def test_it_learns_what_comes_behind_a_surprise():
    rng = random.Random(1)
    found = [drawn(rng) for _ in range(1_500)]
    regressor = taught([(one, drawn(rng)) for one in found], [0.5 * one[0] for one in found])
    shift = regressor.shifts([1.0, 0.0, 0.0], [1.0, *[0.0] * SIZE])[0]
    assert 0.35 < shift < 0.55


def test_what_only_repeats_the_target_adds_nothing():
    rng = random.Random(1)
    found = [drawn(rng) for _ in range(1_500)]
    regressor = taught([(one, one) for one in found], [0.5 * one[0] for one in found])
    one = drawn(rng)
    assert abs(regressor.shifts(one, [1.0, *one])[0]) < 0.05


@given(st.lists(st.tuples(LOGS, LOGS, st.floats(-1e9, 1e9)), max_size=30), LOGS)
def test_no_correction_is_beyond_its_bound(rows, newest):
    pairs, errors = [(found, own) for found, own, _ in rows], [error for *_, error in rows]
    regressor = taught(pairs, errors)
    assert abs(regressor.shifts(newest, [1.0, *[0.0] * SIZE])[0]) <= SHIFT_MAX


@given(LOGS, LOGS)
def test_what_is_looked_at_is_what_would_be_said_and_teaches_nothing(found, own):
    regressor = taught([(found, own)], [1.0])
    looked = regressor.shifts(found, [1.0, *own])
    assert looked == regressor.shifts(found, [1.0, *own])
    gain = gains_of(1 + SIZE, 300).of([1.0, *own])
    assert looked == regressor.speak(found, [1.0, *own], gain).shifts
