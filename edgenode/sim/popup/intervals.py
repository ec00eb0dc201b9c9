"""Shares, means and differences of many seeds, each with the interval that chance leaves it.

share        Wilson's score interval, 95 % (Wilson 1927)
difference   mean of seed by seed differences, +- Student's t standard errors: few seeds know less
es95         mean of the ceil(5 % n) worst; the difference of two by 1,000 paired resamples of the
             seeds (bootstrap, Efron 1979; always the same ones)
"""

import math
import random
import statistics
from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
Z95 = 1.959964
FEW = 12.7062, 4.3027, 3.1824, 2.7764  # Student's t, 1 to 4 degrees of freedom
RESAMPLES = 1_000
WORST = 0.05
TAILS = 0.025, 0.975


def share(kept: Sequence[bool]) -> Json:
    """Return a share with Wilson's interval; None where there is nothing to count."""
    n = len(kept)
    if not n:
        return {"share": None, "low": None, "high": None, "of": 0}
    found = sum(kept) / n
    middle = (found + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    wide = Z95 / (1 + Z95**2 / n) * math.sqrt(found * (1 - found) / n + Z95**2 / (4 * n * n))
    return {
        "share": round(found, 4),
        "low": round(max(0.0, middle - wide), 4),
        "high": round(min(1.0, middle + wide), 4),
        "of": n,
    }


def difference(before: Sequence[float], after: Sequence[float]) -> Json:
    """Return by how much `after` is less on average, between what that lies, and how often not."""
    saved = [b - a for b, a in zip(before, after, strict=True)]
    told = mean(saved)
    worse = sum(s < 0 for s in saved) / len(saved) if saved else None
    return {**told, "worse": None if worse is None else round(worse, 4)}


def mean(values: Sequence[float]) -> Json:
    """Return a mean with its interval; of one value there is none."""
    if not values:
        return {"mean": None, "low": None, "high": None}
    found = statistics.mean(values)
    if len(values) == 1:
        return {"mean": round(found, 2), "low": None, "high": None}
    wide = student(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return {
        "mean": round(found, 2),
        "low": round(found - wide, 2),
        "high": round(found + wide, 2),
    }


def student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t, within .1 %.

    Exact below 5 degrees of freedom, else Cornish and Fisher's expansion around the normal
    quantile (Abramowitz and Stegun, 26.7.5).
    """
    if freedom <= len(FEW):
        return FEW[freedom - 1]
    z, v = Z95, freedom
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3


def es95(values: Sequence[float]) -> float:
    """Return the mean of the worst twentieth: the highest."""
    worst = sorted(values, reverse=True)[: math.ceil(WORST * len(values))]
    return statistics.mean(worst)


def es95_difference(before: Sequence[float], after: Sequence[float]) -> Json:
    """Return by how much the worst twentieth is less, between what that lies."""
    if not before:
        return {"mean": None, "low": None, "high": None}
    pairs = list(zip(before, after, strict=True))
    chance = random.Random("popup/resamples")
    found = sorted(_es95s_apart(chance.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    low, high = (found[int(tail * (RESAMPLES - 1))] for tail in TAILS)
    return {"mean": round(_es95s_apart(pairs), 2), "low": round(low, 2), "high": round(high, 2)}


def quantile(values: Sequence[float], at: float) -> float:
    """Return the smallest value that a share of all do not exceed."""
    return sorted(values)[max(0, min(len(values), math.ceil(at * len(values))) - 1)]


def _es95s_apart(pairs: Sequence[tuple[float, float]]) -> float:
    return es95([b for b, _ in pairs]) - es95([a for _, a in pairs])
