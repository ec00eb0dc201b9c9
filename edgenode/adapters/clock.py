"""Clocks. The only place that reads the machine's time."""

import time
from dataclasses import dataclass


class WallClock:
    """The machine's own time, Unix nanoseconds."""

    def now_ns(self) -> int:
        """Give nanoseconds since the Unix epoch."""
        return time.time_ns()


@dataclass(frozen=True, slots=True)
class MarketClock:
    """Market time: runs from `from_ns` since wall time `start_wall_ns`, `speed` times as fast.

    Before its start it stands still, so that several processes begin together.
    """

    from_ns: int
    speed: int
    start_wall_ns: int

    def now_ns(self) -> int:
        """Give market nanoseconds since the Unix epoch."""
        return self.from_ns + max(0, time.time_ns() - self.start_wall_ns) * self.speed
