"""Clocks. The only place that reads the machine's time."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from edgenode import RELEASED
from edgenode.model.errors import RefusedError

LATEST_NS = 4_102_444_800_000_000_000  # 2100-01-01: a century before int64 ends


class MarketTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scaled market time for demos and drills (PAPER only); from 0 = wall time.

    `start_file`: market time stands still until that file holds the wall time (ns) at which it
    begins, so that several processes begin together. `lockstep_file`: this process waits for
    others, and they for it (adapters/lockstep); it says in `lockstep_slot` what it has taken.
    `begin_anew`: each start begins this time anew, although the ledger has entries of a later
    one. Without it such a start only reduces, for its clock lies behind its ledger.
    """

    from_ns: Annotated[int, msgspec.Meta(ge=0, le=LATEST_NS)] = 0
    speed: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    start_file: str = ""
    lockstep_file: str = ""
    lockstep_slot: Annotated[int, msgspec.Meta(ge=0, lt=64)] = 0
    begin_anew: bool = False

    def __post_init__(self) -> None:
        """Refuse a real time that begins anew."""
        if self.begin_anew and not self.from_ns:
            raise ValueError("begin_anew needs from_ns: only a drill's time begins anew")
        if self.start_file and self.lockstep_file:
            raise ValueError("start_file and lockstep_file are two ways to begin: give one")


def check_released(now_ns: int) -> None:
    """Raise EN011 if a clock stands before the day of this release: nothing begins by it."""
    told = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    if told < datetime.fromisoformat(f"{RELEASED}T00:00:00+00:00"):
        raise RefusedError(
            f"the clock of this machine says {told:%Y-%m-%dT%H:%M:%SZ}",
            expected=f"{RELEASED} or later, when this release was made",
            do="set the clock (date, timedatectl), then begin again: entries get its time",
            code="EN011",
        )


class WallClock:
    """The machine's own time, Unix nanoseconds."""

    def now_ns(self) -> int:
        """Return nanoseconds since the Unix epoch."""
        return time.time_ns()


class BootClock:
    """Nanoseconds since the machine started; nobody sets it, and it counts while it sleeps."""

    def now_ns(self) -> int:
        """Return CLOCK_BOOTTIME."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class MarketClock:
    """Market time of a drill: from `from_ns`, `speed` times as fast as the wall.

    It stands still until `start_file` holds the wall time at which it begins; without such a file
    it begins at once.
    """

    def __init__(self, from_ns: int, speed: int, start_file: str = "") -> None:
        self._from_ns = from_ns
        self._speed = speed
        self._start_file = Path(start_file) if start_file else None
        self._start_ns = 0 if start_file else time.time_ns()

    def now_ns(self) -> int:
        """Return market nanoseconds since the Unix epoch."""
        if not self._start_ns and not self._begun():
            return self._from_ns
        return self._from_ns + max(0, time.time_ns() - self._start_ns) * self._speed

    def _begun(self) -> bool:
        assert self._start_file is not None
        try:
            self._start_ns = int(self._start_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return False
        return True
