"""The failures that are drilled: what happens, whether it did, and what is right then.

Each is one box with two venues, customers and a centre, in virtual time; the plan's times are
drawn from the seed. A world in which nothing was struck shows nothing.

    left       breaks that are open at the end: a person, or a venue, must close them
    passing    breaks that may be opened besides
    stops      two histories of one ledger: its writers stop for good, a person must look
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from edgenode.model.break_types import FILL_CONTENT, RESTORED, UNKNOWN_ORDER, UNRESOLVED
from edgenode.sim.failures.seen import Seen
from edgenode.sim.world.plan import Fault, Scenario

LASTS_S, ORDERS_PER_S = 180.0, 2.0
CUT_S, STICK_S, SILENT_S, OFF_S = 40.0, 30.0, 25.0, 2.0
WALK_S = 8.0
Plan = Callable[[random.Random], tuple[Fault, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failure; `told` says what happens, `struck` whether it did."""

    name: str
    told: str
    plan: Plan
    struck: Callable[[Seen], bool]
    left: frozenset[str] = frozenset()
    passing: frozenset[str] = frozenset()
    stops: bool = False
    honest: bool = True  # its venues and disks take nothing back: their truth bounds each entry

    def faults(self, seed: int) -> tuple[Fault, ...]:
        """Return what goes wrong in one seed's world."""
        return self.plan(random.Random(f"failures/{self.name}/{seed}"))

    @property
    def scenario(self) -> Scenario:
        """Return the world around it."""
        return Scenario(
            self.name,
            (),
            boxes=1,
            lasts_s=LASTS_S,
            orders_per_s=ORDERS_PER_S,
            honest_venues=self.honest,
        )


def _once(kind: str, for_s: float = 0.0, amount: float = 0.0, detail: str = "") -> Plan:
    """Strike once, between 15 and 25 s."""
    return lambda rng: (Fault(kind, rng.uniform(15.0, 25.0), for_s, 0, amount, detail),)


def _often(kind: str, for_s: float = 0.0) -> Plan:
    """Strike five times, at some point of a commit."""
    return lambda rng: tuple(
        Fault(kind, at_s + rng.uniform(0.0, 8.0), for_s, 0, rng.uniform(0.05, 0.95))
        for at_s in (15.0, 45.0, 75.0, 105.0, 135.0)
    )


def _venue(**occasions: int) -> Plan:
    """Put the engine's own faults in wait, each for some occasions."""
    return lambda rng: tuple(
        Fault("venue", rng.uniform(5.0, 15.0), 0.0, 0, count, kind)
        for kind, count in occasions.items()
    )


def _told_again(rng: random.Random) -> tuple[Fault, ...]:
    """Report fills twice; fail over, and fail over again while the box is off."""
    at_s = rng.uniform(60.0, 80.0)
    return (
        *_venue(duplicate_fill=8)(rng),
        Fault("venue_restarts", at_s),
        Fault("kill", at_s + 20.0, 5.0),
        Fault("venue_restarts", at_s + 22.0),
    )


def _old_copy_alone(rng: random.Random) -> tuple[Fault, ...]:
    """Put an old copy back while the link is down, so that it writes before it is told."""
    at_s = rng.uniform(15.0, 25.0)
    return Fault("restore", at_s, 20.0), Fault("cut", at_s + 15.0, 30.0)


FAILURES = (
    Failure(
        name="link_cut",
        told=f"the link to the centre is cut for {CUT_S:.0f} s, and comes back",
        plan=_once("cut", CUT_S),
        struck=lambda seen: seen.waiting_max > 0 and seen.counted("FillRecorded") > 0,
    ),
    Failure(
        name="stick",
        told="no network: a stick with what was written is carried to the centre",
        plan=_once("courier", STICK_S, WALK_S, "in_order"),
        struck=lambda seen: seen.carried > 0,
    ),
    Failure(
        name="stick_twice",
        told="a stick is handed over twice",
        plan=_once("courier", STICK_S, WALK_S, "twice"),
        struck=lambda seen: seen.carried > 0,
    ),
    Failure(
        name="stick_disordered",
        told="a stick is handed over newest first, again and again",
        plan=_once("courier", STICK_S, WALK_S, "wrong_order"),
        struck=lambda seen: seen.carried > 0,
    ),
    Failure(
        name="double_fill",
        told="a venue reports fills twice, and after a fail-over all of them again, also to a box"
        " that has just started",
        plan=_told_again,
        struck=lambda seen: seen.repeated > 0,
    ),
    Failure(
        name="one_id_for_two_fills",
        told="a venue gives one id to two fills",
        plan=_venue(reused_exec_id=3),
        struck=lambda seen: seen.counted("FillDisputed") > 0,
        left=frozenset({FILL_CONTENT}),
        passing=frozenset({UNRESOLVED}),
        honest=False,
    ),
    Failure(
        name="taken_back",
        told="a venue withdraws and corrects fills",
        plan=_venue(bust=3, correct=3),
        struck=lambda seen: seen.counted("FillBusted") * seen.counted("FillCorrected") > 0,
        honest=False,
    ),
    Failure(
        name="late_outcome",
        told="a venue's answers are slow or lost, its fills late",
        plan=_venue(late_fill=4, slow=2, lost_answer=3, down=3),
        struck=lambda seen: seen.counted("OrderUnknown") > 0,
    ),
    Failure(
        name="silent_venue",
        told=f"the venues answer nothing for {SILENT_S:.0f} s; half of the orders arrive",
        plan=_once("venue_silent", SILENT_S),
        struck=lambda seen: seen.counted("OrderUnknown") > 0,
    ),
    Failure(
        name="power_cut",
        told="the box's power goes five times, each in the middle of a commit",
        plan=_often("torn", OFF_S),
        struck=lambda seen: seen.torn > 0,
    ),
    Failure(
        name="centre_power_cut",
        told="the centre's power goes five times, each in the middle of a commit",
        plan=_often("centre_torn", OFF_S),
        struck=lambda seen: seen.torn > 0,
    ),
    Failure(
        name="disk_full",
        told="the box's disk is full for 8 s",
        plan=_once("full", 8.0),
        struck=lambda seen: "EN404" in seen.ended_by,
    ),
    Failure(
        name="backup_restored",
        told="an image of the box's disk, 20 s old, is put back",
        plan=_once("restore", 20.0),
        struck=lambda seen: seen.counted("BreakOpened") > 0,
        left=frozenset({RESTORED}),
        honest=False,
    ),
    Failure(
        name="backup_alone",
        told="an image of the box's disk is put back, and writes before it meets the centre",
        plan=_old_copy_alone,
        struck=lambda seen: bool(seen.stopped_by),
        passing=frozenset({RESTORED, UNKNOWN_ORDER}),
        stops=True,
        honest=False,
    ),
    Failure(
        name="twin",
        told="a copy of the box's disk runs as a second box of the same name",
        plan=_once("clone"),
        struck=lambda seen: bool(seen.stopped_by),
        passing=frozenset({RESTORED, UNKNOWN_ORDER}),
        stops=True,
        honest=False,
    ),
)
BY_NAME = {failure.name: failure for failure in FAILURES}
