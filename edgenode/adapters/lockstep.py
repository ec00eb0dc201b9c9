"""Market time of processes that wait for each other: it goes on only when all have taken it.

They map one file of big-endian 64-bit numbers. Nothing in it outlives the run.

    at    number     written by   says
    ----  ---------  -----------  -----------------------------------------------------
    0     market_ns  conductor    the anchor: it was this market time ...
    8     boot_ns    conductor    ... when the machine's boot clock said this
    16    ends_ns    conductor    market time stands still here until this is moved
    24    check      conductor    exclusive or of the three: a reader that met an anchor
                                  half written reads again
    32..  slots      participant  the newest market time whose work it has done
"""

import mmap
import struct
import time
from collections.abc import Callable
from pathlib import Path

from edgenode.adapters.clock import MarketClock, MarketTime
from edgenode.model.errors import RefusedError
from edgenode.ports.clock import Clock

FOREVER_NS = (1 << 63) - 1
SLOTS_MAX = 64
ANCHOR, SLOT = struct.Struct(">QQQQ"), struct.Struct(">Q")
BYTES = ANCHOR.size + SLOTS_MAX * SLOT.size


class LockstepFile:
    """The mapped file."""

    def __init__(self, path: Path) -> None:
        """Map a file that `create` made; EN006 if there is none."""
        try:
            with path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), BYTES)
        except (OSError, ValueError) as error:
            raise RefusedError(
                f"{path}: {error}",
                expected=f"a file of {BYTES} bytes that whoever conducts this time has made",
                do="begin it by `edgenode demo`, or take lockstep_file out of market_time",
                code="EN006",
            ) from error

    @classmethod
    def create(cls, path: Path, from_ns: int) -> "LockstepFile":
        """Make the file; market time stands still at `from_ns`."""
        path.write_bytes(bytes(BYTES))
        made = cls(path)
        made.anchor(from_ns, from_ns)
        return made

    def anchor(self, market_ns: int, ends_ns: int = FOREVER_NS) -> None:
        """Let market time run on from `market_ns`, beginning now, until `ends_ns`."""
        boot_ns = _boot_ns()
        ANCHOR.pack_into(self._map, 0, market_ns, boot_ns, ends_ns, market_ns ^ boot_ns ^ ends_ns)

    def extend(self, ends_ns: int) -> None:
        """Let market time that has not come to its end yet run on to a later one."""
        market_ns, boot_ns, _ = self.read()
        ANCHOR.pack_into(self._map, 0, market_ns, boot_ns, ends_ns, market_ns ^ boot_ns ^ ends_ns)

    def read(self) -> tuple[int, int, int]:
        """Return (market_ns, boot_ns, ends_ns)."""
        while True:
            market_ns, boot_ns, ends_ns, check = ANCHOR.unpack_from(self._map)
            if market_ns ^ boot_ns ^ ends_ns == check:
                return market_ns, boot_ns, ends_ns

    def take(self, slot: int, market_ns: int) -> None:
        """Say that a participant has done the work of a market time."""
        SLOT.pack_into(self._map, ANCHOR.size + slot * SLOT.size, market_ns)

    def taken(self, slot: int) -> int:
        """Return the newest market time whose work a participant has done; 0 if none."""
        return int(SLOT.unpack_from(self._map, ANCHOR.size + slot * SLOT.size)[0])


class LockstepClock:
    """One participant's market time."""

    def __init__(self, file: LockstepFile, slot: int, speed: int) -> None:
        self._file, self._slot, self._speed = file, slot, speed

    def now_ns(self) -> int:
        """Return market nanoseconds since the Unix epoch."""
        market_ns, boot_ns, ends_ns = self._file.read()
        return min(ends_ns, market_ns + max(0, _boot_ns() - boot_ns) * self._speed)

    def took(self, market_ns: int) -> None:
        """Say that the work of a market time is done."""
        self._file.take(self._slot, market_ns)


def market_clock(timing: MarketTime, wall: Clock) -> Clock:
    """Return the clock that a configuration asks for."""
    if timing.from_ns == 0:
        return wall
    if timing.lockstep_file:
        file = LockstepFile(Path(timing.lockstep_file))
        return LockstepClock(file, timing.lockstep_slot, timing.speed)
    return MarketClock(timing.from_ns, timing.speed, timing.start_file)


def taker(clock: Clock) -> Callable[[int], None]:
    """Return what tells the others that a market time was taken; nobody waits for other clocks."""
    return clock.took if isinstance(clock, LockstepClock) else lambda _: None


def _boot_ns() -> int:
    """Read the clock that all processes of a machine share and nobody sets."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
