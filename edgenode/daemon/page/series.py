"""What the page draws: volume, net exposure and P&L per market minute, bounded in memory."""

from collections import deque
from typing import Any

MINUTE_NS = 60_000_000_000
POINTS_MAX = 24 * 60


class Series:
    """A ring of market minutes."""

    def __init__(self) -> None:
        self._minutes: deque[int] = deque(maxlen=POINTS_MAX)
        self._volume: deque[float | None] = deque(maxlen=POINTS_MAX)
        self._exposure: deque[float | None] = deque(maxlen=POINTS_MAX)
        self._pnl: deque[float | None] = deque(maxlen=POINTS_MAX)

    def put(
        self, now_ns: int, *, volume: float | None, exposure: float | None, pnl: float | None
    ) -> None:
        """Set the values of the minute that `now_ns` falls in; the newest stands."""
        minute = now_ns // MINUTE_NS * 60
        if self._minutes and minute < self._minutes[-1]:
            return
        if not self._minutes or minute > self._minutes[-1]:
            self._minutes.append(minute)
            for column in (self._volume, self._exposure, self._pnl):
                column.append(None)
        for column, value in (
            (self._volume, volume),
            (self._exposure, exposure),
            (self._pnl, pnl),
        ):
            if value is not None:
                column[-1] = value

    def json(self) -> dict[str, Any]:
        """Return columns of equal length; t in epoch seconds of market time."""
        return {
            "t": list(self._minutes),
            "volume": list(self._volume),
            "baseline": [None] * len(self._minutes),
            "exposure": list(self._exposure),
            "pnl": list(self._pnl),
        }
