"""Lets market time pass for processes that wait for each other, and notes where it stood still.

Market time is never more than AHEAD_S market seconds ahead of what any of them has taken, nor of
an order of a customer that is not answered yet. A busy machine makes the hour longer, never wrong.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from edgenode.adapters.clock import BootClock
from edgenode.adapters.lockstep import LockstepClock, LockstepFile
from edgenode.model.errors import UnreachableError
from edgenode.sim.demo.world import BEGINS, Places
from edgenode.sim.recorded import SECOND_NS

AHEAD_S = 2
LOOK_S = 0.003
STILL_S_MAX = 180.0  # a process that takes nothing for so long hangs
CUSTOMERS, CONDUCTOR = "customers", "conductor"  # of this process


@dataclass(slots=True)
class Slowed:
    """How long market time stood still, in wall seconds; `by`: of these, while this was awaited.

    Several may be awaited at once, so `by` may sum up to more.
    """

    stood_s: float = 0.0
    by: dict[str, float] = field(default_factory=dict)
    began_ns: int = 0
    ended_ns: int = 0

    @property
    def ran_s(self) -> float:
        """Return how long the hour took."""
        return (self.ended_ns - self.began_ns) / SECOND_NS


class Pacer:
    """The conductor of one lockstep file."""

    def __init__(self, places: Places, asked: Mapping[str, int]) -> None:
        """`asked`: the market times of customers' orders that have no answer yet."""
        self._file = LockstepFile(places.lockstep)
        self._names = places.participants
        self._asked = asked
        self._boot = BootClock()
        self.clock = LockstepClock(self._file, len(self._names), places.speed)
        self.slowed = Slowed()

    async def run(self) -> None:
        """Let market time pass until canceled."""
        slowed, ends = self.slowed, BEGINS + AHEAD_S * SECOND_NS
        slowed.began_ns = looked = self._boot.now_ns()
        self._file.anchor(BEGINS, ends)
        still_s, late = 0.0, self._late(ends)
        while True:
            await asyncio.sleep(LOOK_S)
            now, stands = self._boot.now_ns(), self.clock.now_ns() >= ends
            if stands:
                passed_s = (now - looked) / SECOND_NS
                still_s += passed_s
                self._waited(passed_s, late, self._late(ends))
                self._check(still_s, ends)
            looked = now
            reach = min(taken for _, taken in self._taken()) + AHEAD_S * SECOND_NS
            if reach > ends:
                if stands:
                    self._file.anchor(ends, reach)
                else:
                    self._file.extend(reach)
                ends, still_s = reach, 0.0
            late = self._late(ends)

    def let_go(self) -> None:
        """Let market time run on for everybody, whoever is behind: the hour is over."""
        self.slowed.ended_ns = self._boot.now_ns()
        self._file.anchor(self.clock.now_ns())

    def _taken(self) -> list[tuple[str, int]]:
        """Return by name what was taken; whoever has not begun has all of it before the begin."""
        found = [
            (name, max(BEGINS, self._file.taken(slot))) for slot, name in enumerate(self._names)
        ]
        return found + [(CUSTOMERS, due_ns) for due_ns in self._asked.values()]

    def _waited(self, passed_s: float, before: list[str], now: list[str]) -> None:
        """Note who was late: since the last look, or until some time in between."""
        self.slowed.stood_s += passed_s
        if now:
            self._note(now, passed_s)
            return
        self._note(before, min(passed_s, LOOK_S))
        self._note([CONDUCTOR], max(0.0, passed_s - LOOK_S))

    def _note(self, names: list[str], wall_s: float) -> None:
        for name in names:
            if wall_s:
                self.slowed.by[name] = self.slowed.by.get(name, 0.0) + wall_s

    def _late(self, ends: int) -> list[str]:
        late = {name for name, taken in self._taken() if taken + AHEAD_S * SECOND_NS <= ends}
        return sorted(late)

    def _check(self, still_s: float, ends: int) -> None:
        if still_s > STILL_S_MAX and (late := self._late(ends)):
            raise UnreachableError(
                f"market time stands still for {still_s:.0f} s: {', '.join(late)} took nothing",
                expected="every process to take each market second",
                do="see the logs of those named, in the folder of this demo",
            )
