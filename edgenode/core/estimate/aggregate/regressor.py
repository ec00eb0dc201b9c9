"""What another source adds to a forecast: a correction a horizon, learned from what came.

What it says is first cleared of what the target says itself at the same time, learned too: a
source that only follows the target is left with nothing. The rest is regressed on how far the
target's own forecast was off.

Source: partialling out, Frisch and Waugh 1933, Econometrica 1(4), 387-401.
"""

from dataclasses import dataclass

from edgenode.core.estimate.aggregate.level import SIZE
from edgenode.core.estimate.aggregate.pool import Belief
from edgenode.core.estimate.aggregate.trial import Trial
from edgenode.core.estimate.forecast.regression import Gains, dot, learned

MEMORY_DAYS = 30
SHIFT_MAX = 2.0794415416798357  # log 8: no correction moves a quantile by more
ERROR_MAX = 3.0  # an error of a forecast counts as at most this
RIDGES = 5.0  # times the ridge of a forecast's own regression: feeds correct little at first


@dataclass(slots=True)
class Spoken:
    """What a source said at one bar, kept until the longest horizon has passed.

    Features and gains are the same for all horizons, or one each.
    """

    features: list[list[float]]
    gains: list[list[float]]
    raw: list[float]  # corrections of the log as they were worked out, by horizon
    shifts: list[float]  # and as they are believed


def gains_of(size: int, step_s: int, ridges: float = RIDGES) -> Gains:
    """Return the gains of a regression with bars of `step_s` seconds."""
    gains = Gains(size, 1 - step_s / (MEMORY_DAYS * 86_400))
    gains.matrix = [[held / ridges for held in row] for row in gains.matrix]
    return gains


def limited(shift: float) -> float:
    """Return a correction within its bounds."""
    return max(-SHIFT_MAX, min(SHIFT_MAX, shift))


class Regressor:
    """One source as a regressor of a target with bars of `step_s` seconds.

    `own`: how many figures the target says of itself; `horizons`: how many there are.
    """

    __slots__ = ("beliefs", "cleared", "gains", "trial", "weights")

    def __init__(self, step_s: int, *, own: int, horizons: int) -> None:
        self.cleared = [[0.0] * own for _ in range(SIZE)]
        self.gains = gains_of(SIZE, step_s)
        self.weights = [[0.0] * SIZE for _ in range(horizons)]
        self.beliefs = [Belief(step_s, prior=0.0, most=1.0) for _ in range(horizons)]
        self.trial = Trial()

    def speak(self, found: list[float], own: list[float], own_gain: list[float]) -> Spoken:
        """Return what it says with a surprise of its own beside the target's, and learn that."""
        features = self._cleared(found, own)
        self.cleared = [
            learned(row, own_gain, left) for row, left in zip(self.cleared, features, strict=True)
        ]
        raw = self._raw(features)
        return Spoken([features], [self.gains.of(features)], raw, believed(raw, self.beliefs))

    def shifts(self, found: list[float], own: list[float]) -> list[float]:
        """Return the corrections that `speak` would make, and learn nothing."""
        return believed(self._raw(self._cleared(found, own)), self.beliefs)

    def learn(self, spoken: Spoken, index: int, error: float) -> None:
        """Learn how far a horizon's forecast was off when this was said."""
        self.weights[index] = learned_from(spoken, index, error, self.weights[index])
        self.beliefs[index].learn(spoken.raw[index], clipped(error))

    def _cleared(self, found: list[float], own: list[float]) -> list[float]:
        return [log - dot(row, own) for log, row in zip(found, self.cleared, strict=True)]

    def _raw(self, features: list[float]) -> list[float]:
        return [limited(dot(weights, features)) for weights in self.weights]


def believed(raw: list[float], beliefs: list[Belief]) -> list[float]:
    """Return corrections as far as they are believed."""
    return [shift * belief.times for shift, belief in zip(raw, beliefs, strict=True)]


def clipped(error: float) -> float:
    """Return what an error counts as."""
    return max(-ERROR_MAX, min(ERROR_MAX, error))


def learned_from(spoken: Spoken, index: int, error: float, weights: list[float]) -> list[float]:
    """Return the weights of a horizon, moved by how far its forecast was off."""
    at = index % len(spoken.features)
    features = spoken.features[at]
    return learned(weights, spoken.gains[at], clipped(error) - dot(weights, features))
