"""Invented signals: a level that wanders, a day, and now and then a burst."""

import math
import random

STEP_S = 300
DAY = 86_400 // STEP_S


def wandering(seed, bars, *, step_s=STEP_S, day=True):
    """Return `bars` values of a lognormal signal with memory."""
    rng, level, found = random.Random(seed), 0.0, []
    for i in range(bars):
        level = 0.97 * level + rng.gauss(0, 0.12)
        habit = 0.7 * math.sin(2 * math.pi * i * step_s / 86_400) if day else 0.0
        found.append(math.exp(4 + level + habit + rng.gauss(0, 0.25)))
    return found


def fed(signal, values, begin_s=0):
    """Give a signal its bars; return the newest quantiles."""
    said = {}
    for i, value in enumerate(values):
        said = signal.bar(begin_s + i * signal.step_s, value)
    return said
