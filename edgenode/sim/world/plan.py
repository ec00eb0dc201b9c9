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
    venue_restarts  box             its venues number their events anew
    venue_forgets   box             its venues lose their orders, not their executions
    venue_pages     box             its venues' requests are answered by a login page; half of the
                                    submits arrive all the same
    venue_silent    box             its venues answer nothing and tell nothing; as above
    kill            box, centre     the power goes, and comes back
    stop            box             it is asked to stop, and started again when it has
    torn            box, centre     the power goes when `amount` of the next commit has passed
    full, fails     box             commits fail with ENOSPC, EIO
    slow_disk       box             commits take `amount` times as long
    lies            box             the disk forgets its newest commits when the power goes
    clock           box             its clock is set `amount` seconds forward or back
    drift           box             its clock gains or loses `amount` ppm while it lasts
    restore         box             an image of its disk, taken at `at_s`, is put back later
    clone           box             a copy of its disk starts as a second box of the same name
    rekey           box             its next ledger begins with a new key and its carried books, as
                                    `detail` says (rekeying.py); what was late comes by courier
    stolen_key      box             a thief signs `amount` entries with its key on a copy of its
                                    ledger, and pushes them later (thief.py)
    centre_restore  centre          nodes' ledgers at the centre are put back to an older image
    rail            rail            `amount` occasions of one of the sandbox rail's faults
    cut_rail        payer's link    nothing is carried
    lossy_rail      payer's link    as `lossy`, but no bit is flipped
    reorder_rail    payer's link    as `reorder`
    kill_payer      payer           its process ends, and starts again from its journal
"""

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from edgenode.sim.rail.engine import FAULTS as RAIL_FAULTS
from edgenode.sim.world.clock import DRIFT_PPM, DRIFT_PPM_MAX

ENGINE_FAULTS = (
    *("duplicate_fill", "late_fill", "bust", "correct", "reused_exec_id"),
    *("lost_answer", "slow", "down"),
)
THIEF_WAYS = ("old_copy", "newest")
REKEY_WAYS = ("planned", "disk_lost", "cut_off")
COURIER_WAYS = ("in_order", "late", "twice", "wrong_order", "stale")
DAY_S = 86_400
CLOCK_STEPS_S = (-400 * DAY_S, 90 * DAY_S, -3_600, 3_600, -1_659_000_000)  # the last: 1970

Drawn = tuple[float, str]  # amount, detail
Draw = Callable[[random.Random], Drawn]


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
        """Return it as plain data."""
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
    payments_per_s: float = 0.0  # over a rail; 0: there is none
    honest_venues: bool = False  # nothing is taken back, and no disk or ledger loses anything
    many_currencies: bool = False  # venues take fees in several, with scales 0 to 18
    instruments: int = 1  # that each box quotes
    tight: bool = False  # little is carried unhedged, money is short, depth varies
    open_s: float = 3_600.0  # of each hour prices move and customers trade for so long

    def is_open(self, at_s: float) -> bool:
        """Return whether the market moves at a virtual time."""
        return at_s % 3_600.0 < self.open_s


QUIET = ("cut", "slow_link", "lossy", "reorder", "cut_venue", "kill", "slow_disk")
BETWEEN = ("cut_venue", "reorder_venue")
SILENT = ("venue_restarts", "venue_forgets", "venue_pages", "venue_silent")
RAIL = ("cut_rail", "lossy_rail", "reorder_rail", "kill_payer")
SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("links", ("cut", "slow_link", "lossy", "reorder", "kill")),
        Scenario("stops", (*("stop",) * 4, "cut", "slow_link", "kill"), orders_per_s=2.0),
        Scenario("venues", (*("venue",) * 5, *BETWEEN, "kill", "cut")),
        Scenario(
            "silent_venues",
            (*SILENT * 2, *BETWEEN, "kill"),
            honest_venues=True,
        ),
        Scenario("careless_venues", (*("venue",) * 5, *BETWEEN, "kill"), dedupe=False),
        Scenario(
            "currencies", (*("venue",) * 4, *BETWEEN, "kill", "cut"), orders_per_s=1.0,
            many_currencies=True,
        ),
        Scenario(
            "rooms", (*QUIET, "venue", "venue_silent", "clock"), orders_per_s=3.0, tight=True,
        ),
        Scenario(
            "rekeys", (*("rekey",) * 3, *QUIET, "centre_kill", "courier"), orders_per_s=2.0,
            honest_venues=True,
        ),
        Scenario(
            "many_instruments", ("cut", "kill", "cut_venue", "venue", "slow_disk"), boxes=1,
            lasts_s=40.0, faults=(1, 4), orders_per_s=4.0, instruments=50,
        ),
        Scenario("disks", (*QUIET, "full", "fails", "torn", "torn", "lies")),
        Scenario("clocks", (*QUIET, "clock", "clock", "clock", "drift")),
        Scenario("copies", (*QUIET, "restore", "restore", "clone"), boxes=1),
        Scenario("centre", (*QUIET, "centre_kill", "centre_torn", "centre_restore")),
        Scenario("couriers", (*QUIET, *("courier",) * 4, "restore", "lies", "centre_restore")),
        Scenario(
            "stolen_keys", (*QUIET, *("stolen_key",) * 4, "courier", "restore"), boxes=1,
        ),
        Scenario(
            "rails", (*("rail",) * 6, *RAIL), boxes=1, faults=(4, 12), orders_per_s=0.3,
            payments_per_s=0.5,
        ),
        Scenario(
            "everything",
            (*QUIET, *("venue",) * 3, "reorder_venue", *SILENT, "courier", "full", "fails", "torn",
             "lies", "clock", "drift", "restore", "clone", "stolen_key", "centre_kill",
             "centre_torn", "centre_restore", "rail", "rail", *RAIL),
            boxes=3, faults=(5, 14), payments_per_s=0.2,
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
    amount, detail = DRAWS.get(kind, _plain)(rng)
    return Fault(kind, at_s, for_s, rng.randrange(scenario.boxes), amount, detail)


def _plain(_: random.Random) -> Drawn:
    return 0.0, ""


def _share(low: float, high: float) -> Draw:
    return lambda rng: (rng.uniform(low, high), "")


def _engine(*faults: str) -> Draw:
    """Draw one of an engine's own faults, and how many occasions it strikes."""

    def draw(rng: random.Random) -> Drawn:
        detail = rng.choice(faults)
        return rng.randint(1, 4), detail

    return draw


def _courier(rng: random.Random) -> Drawn:
    detail = rng.choice(COURIER_WAYS)
    return rng.uniform(1.0, 20.0), detail


def _rekey(rng: random.Random) -> Drawn:
    detail = rng.choice(REKEY_WAYS)
    return rng.uniform(1.0, 20.0), detail


def _thief(rng: random.Random) -> Drawn:
    detail = rng.choice(THIEF_WAYS)
    return rng.randint(1, 6), detail


DRAWS: dict[str, Draw] = {
    "slow_link": _share(3, 40),
    "lossy": _share(0.02, 0.3),
    "lossy_rail": _share(0.02, 0.3),
    "reorder": _share(0.05, 0.5),
    "reorder_venue": _share(0.05, 0.5),
    "reorder_rail": _share(0.05, 0.5),
    "torn": _share(0.05, 0.95),
    "centre_torn": _share(0.05, 0.95),
    "slow_disk": _share(5, 500),
    "clock": lambda rng: (rng.choice((*CLOCK_STEPS_S, rng.uniform(-5, 5))), ""),
    "drift": lambda rng: (rng.choice((-1, 1)) * rng.randint(DRIFT_PPM, DRIFT_PPM_MAX), ""),
    "courier": _courier,
    "rekey": _rekey,
    "stolen_key": _thief,
    "venue": _engine(*ENGINE_FAULTS),
    "rail": _engine(*RAIL_FAULTS),
}
