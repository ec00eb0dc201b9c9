"""A target with sources beside it, all invented: one leads it, one says nothing of it."""

import random

from edgenode.core.estimate.aggregate.aggregate import Aggregate
from edgenode.core.estimate.forecast.signal import Signal
from tests.core.estimate.forecast.series import wandering

STEP_S = 900  # fewer bars make a day
DAY = 86_400 // STEP_S


def leading(values, seed=1, bars=2, noise=0.2):
    """Return a source that tells each value of the target `bars` earlier, in another unit."""
    rng = random.Random(seed)
    return [7 * value * rng.lognormvariate(0, noise) for value in values[bars:]]


def useless(bars, seed=2):
    rng = random.Random(seed)
    return [rng.lognormvariate(3, 1) for _ in range(bars)]


class Stage:
    """A target and its sources, fed bar by bar."""

    def __init__(self, target, sources, *, order=None, events=()):
        self.signal = Signal(STEP_S, counts=False)
        self.aggregate = Aggregate(self.signal)
        self.target, self.sources, self.at = target, sources, 0
        for name in order or sources:
            self.aggregate.join(name, STEP_S, counts=False)
        self.aggregate.announce(events)

    def run(self, to=None):
        """Feed bars up to one; return the newest quantiles."""
        said = {}
        for i in range(self.at, len(self.target) if to is None else to):
            for name, values in self.sources.items():
                if i < len(values) and values[i] is not None:
                    self.aggregate.hear(name, i * STEP_S, values[i])
            self.signal.bar(i * STEP_S, self.target[i])
            said = self.aggregate.step(i * STEP_S, self.signal)
            self.at = i + 1
        return said


def target(days=12, seed=5):
    return wandering(seed, days * DAY, step_s=STEP_S)
