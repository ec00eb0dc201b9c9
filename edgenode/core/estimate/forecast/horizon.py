"""What is learned for one horizon: its regression, its scale, its errors, and whether it holds.

Beside the forecast runs the half-hour average of logs with its own errors. It is what the forecast
corrects, and what speaks while the forecast has fallen (core/estimate/forecast/watch). Horizons
take turns in being scored against it, one a bar.
"""

import math
from dataclasses import dataclass, field

from edgenode.core.estimate.forecast.regression import dot, learned
from edgenode.core.estimate.forecast.residuals import KEPT, LEVELS, Residuals
from edgenode.core.estimate.forecast.watch import Watch

HORIZONS_MIN = (5, 15, 30, 60)
FEATURES = 10 + len(HORIZONS_MIN)
SCALE_FIRST = 0.5
MIDDLE_WINDOWS, SCALE_WINDOWS = 10, 100  # after so many, half of what was learned counts
SCALE_LOGS = (-4.0, 2.0)  # a scale lies between exp of these
ERROR_LOG_MAX = 3.0  # an error of the scale counts as at most this
ERROR_TINY = 0.02
AVERAGE_KEPT = KEPT // len(HORIZONS_MIN)
LOW, HIGH = LEVELS.index(0.05), LEVELS.index(0.95)


@dataclass(slots=True)
class Made:
    """What a forecast was made of, kept until its horizon has passed."""

    features: list[float]
    gain: list[float]
    base: float
    middles: list[float]  # of each horizon, as the next three
    scales: list[float]
    quantiles: list[list[float] | None]


@dataclass(slots=True)
class Horizon:
    """One horizon of `bars` bars."""

    minutes: int
    bars: int
    weights: list[float] = field(default_factory=lambda: [0.0] * FEATURES)
    scale: list[float] = field(
        default_factory=lambda: [math.log(SCALE_FIRST)] + [0.0] * (FEATURES - 1)
    )
    residuals: Residuals = field(default_factory=Residuals)
    average: Residuals = field(default_factory=lambda: Residuals(kept=AVERAGE_KEPT))
    watch: Watch = field(default_factory=Watch)

    def outlook(self, features: list[float], base: float, bars: int) -> tuple[float, float]:
        """Return the middle of the log and the scale of its error, as learned from so many bars.

        Windows overlap: only every `bars`-th says something of its own. While there are few, what
        was learned counts in part, of the scale less than of the middle.
        """
        apart = bars / self.bars
        least, most = SCALE_LOGS
        usual = self.scale[0]
        varies = apart / (apart + SCALE_WINDOWS) * (dot(self.scale, features) - usual)
        scale = math.exp(max(least, min(most, usual + varies)))
        corrected = apart / (apart + MIDDLE_WINDOWS) * dot(self.weights, features)
        return base + corrected, scale

    def learn(self, made: Made, index: int, found: float) -> None:
        """Learn what came of a forecast: its middle, its scale, its error, its coverage."""
        error = found - made.base - dot(self.weights, made.features)
        self.weights = learned(self.weights, made.gain, error)
        missed = found - made.middles[index]
        log = math.log(max(abs(missed), ERROR_TINY)) - dot(self.scale, made.features)
        log = max(-ERROR_LOG_MAX, min(ERROR_LOG_MAX, log))
        self.scale = learned(self.scale, made.gain, log)
        self.residuals.take(missed / made.scales[index])
        quantiles = made.quantiles[index]
        if quantiles is not None:
            self.residuals.held(quantiles, found)

    def score(self, made: Made, index: int, found: float, at_s: int) -> None:
        """Score a forecast beside the average."""
        quantiles, errors = made.quantiles[index], self.average.quantiles()
        if quantiles is not None and errors is not None:
            self.watch.take(
                at_s,
                held=quantiles[LOW] <= found <= quantiles[HIGH],
                lost=pinball(quantiles, found),
                average_lost=pinball([made.base + error for error in errors], found),
            )
        self.average.take(found - made.base)


def pinball(quantiles: list[float], found: float) -> float:
    """Return the pinball loss of quantiles at LEVELS, summed over them."""
    return sum(
        (level - (found < quantile)) * (found - quantile)
        for level, quantile in zip(LEVELS, quantiles, strict=True)
    )
