"""A payer, a rail and the link between them, drawn from a lane of their own.

Nothing of a box talks to a rail yet: this part of a world is coupled to the rest by time alone,
and a world without it is what it was.
"""

import random
from dataclasses import dataclass

from edgenode.sim.world import clock
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.loop import VirtualLoop
from edgenode.sim.world.net import Link, Weather
from edgenode.sim.world.payer import Payer
from edgenode.sim.world.rail import RailLink, SimRail
from edgenode.sim.world.rail_invariants import RailInvariants


@dataclass(slots=True)
class Payments:
    """The parties of it, and who judges them."""

    rail: SimRail
    link: Link
    payer: Payer
    judged: RailInvariants

    def heal(self) -> None:
        """End every fault; nothing new is paid, and a night passes at the rail."""
        self.payer.pays = False
        self.rail.relent()
        self.link.weather = Weather()
        self.link.set_up(True)
        self.rail.night_passes()

    def rests(self) -> bool:
        """Return whether all is booked, and the payer has heard and read of all of it."""
        read = len(self.payer.lines) >= len(self.rail.engine.statement)
        return self.rail.rests() and self.payer.rests() and read


def begun(loop: VirtualLoop, seed: str, per_s: float, invariants: Judged) -> Payments:
    """Make the parties; nobody runs yet."""
    rng = random.Random(f"payments/{seed}")

    def lane() -> random.Random:
        return random.Random(rng.getrandbits(64))

    rail = SimRail(clock.drawn(loop, lane()))
    link = Link("payer-rail", lane())
    judged = RailInvariants(invariants, rail)
    rail.stepped = judged.stepped
    payer = Payer(RailLink(rail, link), lane(), per_s, judged.told)
    return Payments(rail, link, payer, judged)
