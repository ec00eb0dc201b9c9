"""What the calendar adds to a forecast: the share of the next minutes that is announced.

From volume alone an onset is hardly seen before it comes; an announced one is. How much more comes
then is learned a horizon, from the share of it that is announced and from whether one runs now.
Where nothing is announced the calendar is silent, and is not scored.
"""

from collections.abc import Sequence

from edgenode.core.estimate.aggregate.pool import Belief
from edgenode.core.estimate.aggregate.regressor import (
    Spoken,
    believed,
    clipped,
    gains_of,
    learned_from,
    limited,
)
from edgenode.core.estimate.aggregate.trial import Trial
from edgenode.core.estimate.forecast.regression import dot

FEATURES = 2
EVENTS_MAX = 1_000
RIDGES, FIRST, DAYS_LEAST = 1.0, 1.0, 3  # events are few: it learns faster than sources do

Event = tuple[int, int]  # when it begins and ends, in seconds


class Announced:
    """The calendar as a regressor of a target with bars of `step_s` seconds."""

    __slots__ = ("beliefs", "events", "gains", "step_s", "trial", "weights")

    def __init__(self, step_s: int, *, horizons: int) -> None:
        self.step_s = step_s
        self.events: list[Event] = []
        self.gains = [gains_of(FEATURES, step_s, RIDGES) for _ in range(horizons)]
        self.weights = [[0.0] * FEATURES for _ in range(horizons)]
        self.beliefs = [Belief(step_s, prior=0.0, most=1.0, first=FIRST) for _ in range(horizons)]
        self.trial = Trial(DAYS_LEAST)

    def announce(self, events: Sequence[Event]) -> None:
        """Know these events alone."""
        self.events = sorted(set(events))[:EVENTS_MAX]

    def speak(self, at_s: int, spans_s: Sequence[int]) -> Spoken | None:
        """Return what is announced after the bar at a time, and count it; None if nothing is."""
        self.events = [event for event in self.events if event[1] > at_s]
        features = self._features(at_s, spans_s)
        if features is None:
            return None
        raw = self._raw(features)
        gains = [gain.of(found) for gain, found in zip(self.gains, features, strict=True)]
        return Spoken(features, gains, raw, believed(raw, self.beliefs))

    def shifts(self, at_s: int, spans_s: Sequence[int]) -> list[float] | None:
        """Return the corrections that `speak` would make, and count nothing."""
        features = self._features(at_s, spans_s)
        return None if features is None else believed(self._raw(features), self.beliefs)

    def learn(self, spoken: Spoken, index: int, error: float) -> None:
        """Learn how far a horizon's forecast was off when this was said."""
        self.weights[index] = learned_from(spoken, index, error, self.weights[index])
        self.beliefs[index].learn(spoken.raw[index], clipped(error))

    def _features(self, at_s: int, spans_s: Sequence[int]) -> list[list[float]] | None:
        now_s = at_s + self.step_s
        running = self._share(at_s, now_s)
        ahead = [self._share(now_s, now_s + span) for span in spans_s]
        return [[share, running] for share in ahead] if running or any(ahead) else None

    def _raw(self, features: list[list[float]]) -> list[float]:
        return [
            limited(dot(weights, found))
            for weights, found in zip(self.weights, features, strict=True)
        ]

    def _share(self, from_s: int, to_s: int) -> float:
        """Return the share of a time that is announced, overlapping events once."""
        covered, reached = 0, from_s
        for begins, ends in self.events:
            if begins >= to_s:
                break
            first, last = max(begins, reached), min(ends, to_s)
            if last > first:
                covered, reached = covered + last - first, last
        return covered / (to_s - from_s)
