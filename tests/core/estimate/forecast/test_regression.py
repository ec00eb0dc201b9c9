import random

import pytest

from edgenode.core.estimate.forecast.regression import TRACE_MAX, Gains, dot, learned


def test_weights_come_to_those_that_made_the_targets():
    rng, true = random.Random(3), [0.5, -2.0, 3.0]
    gains, weights = Gains(3, 1.0), [0.0, 0.0, 0.0]
    for _ in range(2_000):
        features = [1.0, rng.gauss(0, 1), rng.gauss(0, 2)]
        error = dot(true, features) + rng.gauss(0, 0.1) - dot(weights, features)
        weights = learned(weights, gains.of(features), error)
    assert weights == pytest.approx(true, abs=0.02)


def test_one_gain_serves_targets_that_come_later():
    """A label that is delayed gives the weights that it gives at once."""
    rng = random.Random(5)
    rows = [[1.0, rng.gauss(0, 1)] for _ in range(50)]
    now, late, at_once, kept = Gains(2, 0.99), Gains(2, 0.99), [0.0, 0.0], []
    for features in rows:
        at_once = learned(at_once, now.of(features), features[1] - dot(at_once, features))
        kept.append(late.of(features))
    delayed = [0.0, 0.0]
    for features, gain in zip(rows, kept, strict=True):
        delayed = learned(delayed, gain, features[1] - dot(delayed, features))
    assert delayed == at_once


def test_features_that_stand_still_let_nothing_grow_without_bound():
    gains = Gains(3, 0.9)
    for _ in range(5_000):
        gain = gains.of([1.0, 0.0, 0.0])
    trace = sum(row[i] for i, row in enumerate(gains.matrix))
    assert trace <= TRACE_MAX * 1.2
    assert all(abs(k) < 1e3 for k in gain)
