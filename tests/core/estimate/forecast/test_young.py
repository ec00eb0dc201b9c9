"""A forecast of a day: windows overlap, so an hour ahead little is learned, and little is said."""

import math
import random

from edgenode.core.estimate.forecast.horizon import pinball
from edgenode.core.estimate.forecast.residuals import Residuals
from edgenode.core.estimate.forecast.signal import Signal

DAY, SEEDS = 1_440, range(6)  # bars of a minute


def beside_the_average(seed, minutes):
    """Return what a first day's forecast lost, over what the half-hour average lost."""
    rng, signal, average = random.Random(seed), Signal(60, counts=False), Residuals()
    values, said, level, ours, theirs = [], [], 0.0, 0.0, 0.0
    for i in range(DAY):
        level = 0.97 * level + rng.gauss(0, 0.25)
        values.append(math.exp(4 + level + rng.gauss(0, 0.8)))
        if i >= minutes:
            quantiles, base, errors = said[i - minutes]
            found = math.log(sum(values[-minutes:]) / minutes + signal.floor)
            if quantiles and errors:
                logs = [math.log(total / minutes + signal.floor) for total in quantiles]
                ours += pinball(logs, found)
                theirs += pinball([base + error for error in errors], found)
            average.take(found - base)
        told = signal.bar(i * 60, values[-1])
        said.append((told.get(minutes), signal.averages.base, average.quantiles()))
    return ours / theirs


def mean(minutes):
    return sum(beside_the_average(seed, minutes) for seed in SEEDS) / len(SEEDS)


def test_on_its_first_day_a_forecast_loses_little_to_the_average_it_corrects():
    assert mean(15) < 0.9
    assert mean(30) < 1.05
    assert mean(60) < 1.2
