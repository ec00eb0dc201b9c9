"""Clocks that drift, each at a rate of its own, and step when somebody sets them."""

import random

from edgenode.sim.world.loop import VirtualLoop

EPOCH_NS = 1_659_000_000_000_000_000  # 2022-07-28 09:20 UTC, when every simulated world begins
PPM = 1_000_000
DRIFT_PPM = 50  # a crystal as it is sold
DRIFT_PPM_MAX = 200  # a poor one, in the heat or the cold
POOR = 0.2  # the share of poor ones


class SimClock:
    """One party's wall clock. Implements `ports.Clock`."""

    def __init__(self, loop: VirtualLoop, drift_ppm: int = 0, begins_ns: int = EPOCH_NS) -> None:
        self._loop = loop
        self._begins_ns = begins_ns
        self._drift_ppm = drift_ppm
        self._since_ns = self._gained_ns = 0  # what it gained until its rate last changed
        self.offset_ns = 0

    @property
    def drift_ppm(self) -> int:
        """Return how much it gains at present; negative: it loses."""
        return self._drift_ppm

    @drift_ppm.setter
    def drift_ppm(self, ppm: int) -> None:
        """Set another rate from now on; its reading does not jump."""
        self._gained_ns = self._gained()
        self._since_ns, self._drift_ppm = self._loop.now_ns, ppm

    def now_ns(self) -> int:
        """Return nanoseconds since the Unix epoch, as this clock has them."""
        return self._begins_ns + self._loop.now_ns + self._gained() + self.offset_ns

    def _gained(self) -> int:
        passed = self._loop.now_ns - self._since_ns
        return self._gained_ns + passed * self._drift_ppm // PPM


class SimBoot:
    """The boot clock of a party: its crystal, which no step of its wall clock moves."""

    def __init__(self, wall: SimClock) -> None:
        self._wall = wall

    def now_ns(self) -> int:
        """Return nanoseconds since some moment."""
        return self._wall.now_ns() - self._wall.offset_ns


def drawn(loop: VirtualLoop, rng: random.Random) -> SimClock:
    """Draw a clock: most crystals keep to what is promised of them, some do not."""
    limit = DRIFT_PPM_MAX if rng.random() < POOR else DRIFT_PPM
    return SimClock(loop, rng.randint(-limit, limit))
