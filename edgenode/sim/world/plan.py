"""What will go wrong, as data.

It is drawn from a seed before the world begins, so that any part of it can be left out again.

    fault           target          what it does, from `at_s` for `for_s`
    --------------  --------------  -----------------------------------------------------------
    cut             box's link      nothing is carried
    slow_link       box's link      `amount` times the delay, 20 kB/s
    lossy           box's link      a share of messages is lost, doubled, or has a bit flipped
    reorder         box's link      a share of messages is held back: later ones overtake them
    cut_venue       box             its venues cannot be reached
    reorder_venue   box             as `reorder`, on the links to its venues
    courier         box's link      is cut; a stick goes to the centre (courier.py), `amount`
                                    seconds on foot
    venue           box             `amount` occasions of one of the sandbox engine's faults
    kill            box, centre     the power goes, and comes back
    torn            box, centre     the power goes when `amount` of the next commit has passed
    full, fails     box             commits fail with ENOSPC, EIO
    slow_disk       box             commits take `amount` times as long
    lies            box             the disk forgets its newest commits when the power goes
    clock           box             its clock is set `amount` seconds forward or back
    drift           box             its clock gains or loses `amount` ppm while it lasts
    restore         box             an image of its disk, taken at `at_s`, is put back later
    clone           box             a copy of its disk starts as a second box of the same name
    centre_restore  centre          nodes' ledgers at the centre are put back to an older image
"""

import random
from dataclasses import asdict, dataclass
from typing import Any

from edgenode.sim.world.clock import DRIFT_PPM, DRIFT_PPM_MAX

ENGINE_FAULTS = (
    *("duplicate_fill", "late_fill", "bust", "correct", "reused_exec_id"),
    *("lost_answer", "slow", "down"),
)
COURIER_WAYS = ("in_order", "late", "twice", "wrong_order", "stale")
DAY_S = 86_400
CLOCK_STEPS_S = (-400 * DAY_S, 90 * DAY_S, -3_600, 3_600, -1_659_000_000)  # the last: 1970


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    kind: str
    at_s: float
    for_s: float = 0.0
    target: int = 0
    amount: float = 0.0
    detail: str = ""

    def json(self) -> dict[str, Any]:
        """Give it as plain data."""
        return asdict(self)

    def __str__(self) -> str:
        what = f" {self.detail}" if self.detail else ""
        return f"{self.kind}{what} on {self.target} at {self.at_s:.1f} s for {self.for_s:.1f} s"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of world: how many boxes, for how long, and what may go wrong."""

    name: str
    kinds: tuple[str, ...]
    boxes: int = 2
    lasts_s: float = 90.0
    faults: tuple[int, int] = (3, 9)
    orders_per_s: float = 0.6
    dedupe: bool = True
    open_s: float = 3_600.0  # of each hour prices move and customers trade for so long

    def is_open(self, at_s: float) -> bool:
        """Tell whether the market moves at a virtual time."""
        return at_s % 3_600.0 < self.open_s


QUIET = ("cut", "slow_link", "lossy", "reorder", "cut_venue", "kill", "slow_disk")
BETWEEN = ("cut_venue", "reorder_venue")
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("links", ("cut", "slow_link", "lossy", "reorder", "kill")),
        Scenario("venues", (*("venue",) * 5, *BETWEEN, "kill", "cut")),
        Scenario("careless_venues", (*("venue",) * 5, *BETWEEN, "kill"), dedupe=False),
        Scenario("disks", (*QUIET, "full", "fails", "torn", "torn", "lies")),
        Scenario("clocks", (*QUIET, "clock", "clock", "clock", "drift")),
        Scenario("copies", (*QUIET, "restore", "restore", "clone"), boxes=1),
        Scenario("centre", (*QUIET, "centre_kill", "centre_torn", "centre_restore")),
        Scenario("couriers", (*QUIET, *("courier",) * 4, "restore", "lies", "centre_restore")),
        Scenario(
            "everything",
            (*QUIET, *("venue",) * 3, "reorder_venue", "courier", "full", "fails", "torn", "lies",
             "clock", "drift", "restore", "clone", "centre_kill", "centre_torn",
             "centre_restore"),
            boxes=3, faults=(5, 14),
        ),
    )
}  # fmt: skip


def drawn(scenario: Scenario, seed: int) -> tuple[Fault, ...]:
    """Draw what goes wrong in one world."""
    rng = random.Random(f"plan/{scenario.name}/{seed}")
    count = rng.randint(*scenario.faults)
    faults = [_one(rng, scenario) for _ in range(count)]
    return tuple(sorted(faults, key=lambda fault: fault.at_s))


def _one(rng: random.Random, scenario: Scenario) -> Fault:
    kind = rng.choice(scenario.kinds)
    at_s = rng.uniform(5.0, scenario.lasts_s * 0.8)
    for_s = rng.choice((rng.uniform(0.1, 3.0), rng.uniform(3.0, scenario.lasts_s / 2)))
    amount, detail = 0.0, ""
    match kind:
        case "slow_link":
            amount = rng.uniform(3, 40)
        case "lossy":
            amount = rng.uniform(0.02, 0.3)
        case "reorder" | "reorder_venue":
            amount = rng.uniform(0.05, 0.5)
        case "torn" | "centre_torn":
            amount = rng.uniform(0.05, 0.95)
        case "slow_disk":
            amount = rng.uniform(5, 500)
        case "clock":
            amount = rng.choice((*CLOCK_STEPS_S, rng.uniform(-5, 5)))
        case "drift":
            amount = rng.choice((-1, 1)) * rng.randint(DRIFT_PPM, DRIFT_PPM_MAX)
        case "courier":
            detail, amount = rng.choice(COURIER_WAYS), rng.uniform(1.0, 20.0)
        case "venue":
            detail, amount = rng.choice(ENGINE_FAULTS), rng.randint(1, 4)
        case _:
            pass
    return Fault(kind, at_s, for_s, rng.randrange(scenario.boxes), amount, detail)
