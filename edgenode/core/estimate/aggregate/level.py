"""One source beside its own usual level, so that sources of any unit can be compared.

    the newest bar       log of it over what is usual now, at most `LOG_MAX` either way
    10 min, 30 min       exponentially weighted means of that

A bar that is far above counts as `LOG_MAX` also where the usual level is learned, so an absurd
value leaves little behind. Bars that are missing say nothing: what is known holds for
`STALE_BARS`, then the source is silent.
"""

import math

from edgenode.core.estimate.forecast.usual import Usual
from edgenode.core.estimate.profile import TINY
from edgenode.core.estimate.times import BarTimes

LOG_MAX = 2.5  # twelve times the usual level
HALF_LIVES_MIN = (10.0, 30.0)
SIZE = 1 + len(HALF_LIVES_MIN)
WARM_MIN = 360.0
STALE_BARS = 3
FLOOR_COUNT, FLOOR_SHARE = 0.5, 0.05


class Level:
    """The level of one source with bars of `step_s` seconds."""

    __slots__ = (
        "_decays",
        "_warm",
        "bars",
        "counts",
        "heard_s",
        "logs",
        "step_s",
        "times",
        "usual",
    )

    def __init__(self, step_s: int, *, counts: bool) -> None:
        self.step_s, self.counts = step_s, counts
        step = step_s / 60
        self._decays = [math.pow(0.5, step / max(life, step)) for life in HALF_LIVES_MIN]
        self._warm = max(1, round(WARM_MIN / step))
        self.usual, self.times = Usual(step), BarTimes(step_s)
        self.bars = 0  # with a value
        self.heard_s: int | None = None  # where the newest bar with a value began
        self.logs = [0.0] * SIZE

    def take(self, at_s: int, value: float | None) -> None:
        """Take a bar; one that is not newer changes nothing."""
        missing = self.times.take(at_s)
        if missing is None:
            return
        for _ in range(min(missing, self.usual.levels.maxlen or 0)):
            self.usual.miss()
        if value is None or not 0 <= value < math.inf:
            self.usual.miss()
            return
        slot = self.usual.profile.slot(at_s)
        usual, floor = self.usual.now(slot), self.floor
        log = 0.0
        if self.bars:
            log = math.log((value + floor) / (usual + floor))
            if log > LOG_MAX:
                value, log = (usual + floor) * math.exp(LOG_MAX) - floor, LOG_MAX
        log = max(-LOG_MAX, log)
        self.usual.take(slot, value)
        self.bars, self.heard_s = self.bars + 1, at_s
        means = [
            log + (held - log) * decay
            for held, decay in zip(self.logs[1:], self._decays, strict=True)
        ]
        self.logs = [log, *means]

    def surprise(self, at_s: int) -> list[float] | None:
        """Return how far the newest bars are from the usual, in logs, for a forecast at a time.

        None while too little is known, or nothing was heard lately.
        """
        heard_s = self.heard_s
        if heard_s is None or self.bars < self._warm:
            return None
        late = at_s - heard_s > STALE_BARS * self.step_s
        return None if late else self.logs

    @property
    def floor(self) -> float:
        """Return what is added to a value before its log is taken."""
        return FLOOR_COUNT if self.counts else max(FLOOR_SHARE * self.usual.level, TINY)
