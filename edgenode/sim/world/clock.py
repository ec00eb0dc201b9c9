"""Clocks that drift, and step when somebody sets them."""

from edgenode.sim.world.loop import VirtualLoop

EPOCH_NS = 1_659_000_000_000_000_000  # 2022-07-28 09:20 UTC, when every simulated world begins
PPM = 1_000_000


class SimClock:
    """One party's wall clock. Implements `ports.Clock`."""

    def __init__(self, loop: VirtualLoop, drift_ppm: int = 0) -> None:
        self._loop = loop
        self._drift_ppm = drift_ppm
        self.offset_ns = 0

    def now_ns(self) -> int:
        """Give nanoseconds since the Unix epoch, as this clock has them."""
        passed = self._loop.now_ns
        return EPOCH_NS + passed + passed * self._drift_ppm // PPM + self.offset_ns
