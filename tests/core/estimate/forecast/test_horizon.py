import math
import random

import pytest

from edgenode.core.estimate.forecast.horizon import FEATURES, Horizon, Made, pinball
from edgenode.core.estimate.forecast.regression import Gains
from edgenode.core.estimate.forecast.residuals import LEVELS, NEEDED

DAY_S = 86_400


def test_the_pinball_loss_is_that_of_its_definition():
    quantiles, found = [float(i) for i in range(9)], 4.25
    losses = [max(p * (found - q), (p - 1) * (found - q)) for p, q in zip(LEVELS, quantiles)]  # noqa: B905
    assert pinball(quantiles, found) == pytest.approx(sum(losses))
    assert pinball([found] * 9, found) == 0


def lived(bars, seed=1, breaks=None):
    """Learn log = 2 x feature + noise, over a base that knows nothing."""
    rng, horizon, gains = random.Random(seed), Horizon(5, 1), Gains(FEATURES, 0.9999)
    for i in range(bars):
        features = [1.0, rng.gauss(0, 1)] + [0.0] * (FEATURES - 2)
        middle, scale = horizon.outlook(features, 3.0, i)
        errors = horizon.residuals.quantiles()
        quantiles = [middle + scale * error for error in errors] if errors else None
        if breaks is not None and i >= breaks and quantiles is not None:
            quantiles = [q + rng.choice((-4, 4)) for q in quantiles]
        made = Made(features, gains.of(features), 3.0, [middle], [scale], [quantiles])
        found = 3 + 2 * features[1] + rng.gauss(0, 0.3)
        horizon.learn(made, 0, found)
        horizon.score(made, 0, found, i * 300)
    return horizon


def test_it_learns_the_middle_and_the_scale():
    horizon = lived(3_000)
    middle, scale = horizon.outlook([1.0, 1.5] + [0.0] * (FEATURES - 2), 3.0, 3_000)
    assert middle == pytest.approx(6, abs=0.1)
    assert math.log(0.1) < math.log(scale) < math.log(0.5)
    assert not horizon.watch.fallen


def test_what_breaks_down_falls_and_the_average_has_errors_to_speak_with():
    horizon = lived(12 * 288, breaks=6 * 288)
    assert horizon.watch.fallen
    assert 7 * DAY_S <= horizon.watch.since_s <= 10 * DAY_S
    assert len(horizon.average.newest) >= NEEDED
