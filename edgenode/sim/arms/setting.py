"""What one arm lives through: a recorded window, its customers' flow, its link, its policy."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from edgenode.daemon.paper import PaperWorld
from edgenode.sim.recorded import RecordedDay
from edgenode.sim.venue.markets import LATE_S

CORE: dict[str, Any] = {
    "horizon_s": 300, "slice_s": 30, "slice_lots_max": 300, "band_lots": 0,
    "half_spread_ppm": 100,
}  # fmt: skip


class Arm(NamedTuple):
    """One arm of a world: what is hedged by, and `up` or `cut`: its link to the centre."""

    policy: str
    link: str

    @property
    def name(self) -> str:
        """Name its node."""
        return f"{self.policy}-{self.link}"


class Named(NamedTuple):
    """A micro-event that staff declare before the window begins."""

    name: str
    starts_ns: int
    ends_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One arm. What two arms share is the same in both, chance included: only `seed` draws it.

    Customers send a tenth of each recorded minute's net flow, times `spike` (sim/arms/flow).
    `name` is the node's. `core` is how the centre hedges it, as `core-hedge set` takes it; at the
    price of `core_day`, where the core's market is another one.
    """

    name: str
    day: RecordedDay
    from_ns: int
    to_ns: int
    figures: PaperWorld
    spike: float = 1.0
    direction: int = 1  # -1: the customers' signs are mirrored; prices never are
    cut: tuple[int, int] | None = None  # from when to when the link to the centre is down
    event: Named | None = None
    core: dict[str, Any] = field(default_factory=lambda: dict(CORE))
    core_day: RecordedDay | None = None
    book_s: int = 1  # between two books of a venue
    late_s: tuple[int, int] = LATE_S  # how late B shows A, drawn for each minute
    refill_s: float = 60.0  # half-life of what our own trades move,
    impact_exponent: float = 1.0  # and how that grows with their size
    limit_mean_ppm: int | None = None  # of customers who look at prices; None: they take any
    told_twice: float = 0.0  # share of executions that a venue tells twice
    seed: int = 1
