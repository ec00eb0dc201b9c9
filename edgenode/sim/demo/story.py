"""What the demo's page knows so far: the live nodes' hour, and the arms that are played."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from edgenode.sim.demo import world
from edgenode.sim.demo.arms import ARMS, Arm
from edgenode.sim.demo.virtual import Told
from edgenode.sim.recorded import MINUTE_NS

Json = dict[str, Any]
ROUGH_S = 10  # what is said of the time left changes no more often


@dataclass(slots=True)
class Story:
    """What is known so far."""

    until_ns: int
    speed: int
    estimate_s: float  # of the whole run
    began_s: float = field(default_factory=time.monotonic)
    phase: str = "setting up"  # playing | ending | finished
    market_ns: int = world.BEGINS
    statuses: dict[Arm, Json] = field(default_factory=dict)
    nets: dict[Arm, dict[int, float]] = field(default_factory=dict)  # of live nodes, by minute
    urls: dict[Arm, str] = field(default_factory=dict)  # the live nodes' own pages
    arms: dict[Arm, Told] = field(default_factory=dict)
    summary: Json | None = None

    def heard(self, market_ns: int, statuses: Mapping[Arm, Json]) -> None:
        """Note the live nodes' statuses at a market time."""
        self.market_ns = market_ns
        minute = (market_ns - world.BEGINS) // MINUTE_NS
        for arm, status in statuses.items():
            self.statuses[arm] = status
            self.nets.setdefault(arm, {}).setdefault(minute, net(status))

    @property
    def minutes(self) -> int:
        """Return how many minutes the window has."""
        return (self.until_ns - world.BEGINS) // MINUTE_NS

    @property
    def left_s(self) -> int:
        """Estimate how long it still takes, in seconds."""
        passed = time.monotonic() - self.began_s
        left = self.estimate_s - passed
        if self.arms:  # what is left of them at the pace so far
            left = max(left, passed * (len(ARMS) / len(self.arms) - 1))
        return max(1, math.ceil(left / ROUGH_S)) * ROUGH_S


def net(status: Json) -> float:
    """Return a node's net exposure in WETH."""
    return float(status["exposure"][0]["net_quantity"]) if status["exposure"] else 0.0
