"""All that must hold in a world. Each subject has a module, whose table names its invariants.

module             judges                            is called
-----------------  --------------------------------  ------------------------------------------
entry_invariants   entries, states, answers          as an entry is told, a customer answered
step_invariants    quotes, rooms, order of a step    behind each step, before it is durable
hedge_invariants   both tiers of hedges              as a venue hears an order, core trades
sync_invariants    what box and centre say and hold  as the centre answers, a box hears
rekey_invariants   nodes that were keyed anew        as an entry is told, and at the end
rest_invariants    books against venues and centre   once everything is healed and quiet
forks              two parties that sign one ledger  as the centre answers, and at the end
rail_invariants    the rail and its payer            after each step of the rail
"""

from collections.abc import Mapping

from edgenode.core.node import Recorded
from edgenode.sim.world import step_invariants
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import SimCentre
from edgenode.sim.world.disk import Mirror
from edgenode.sim.world.entry_invariants import EntryInvariants
from edgenode.sim.world.hedge_invariants import HedgeInvariants
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.rekey_invariants import RekeyInvariants
from edgenode.sim.world.rest_invariants import RestInvariants
from edgenode.sim.world.sync_invariants import SyncInvariants
from edgenode.sim.world.trace import Trace
from edgenode.sim.world.watch import Watch, begun


class Invariants(Judged):
    """Judges the world, each subject by its own judge; the first violation ends it."""

    def __init__(self, centre: SimCentre, trace: Trace) -> None:
        super().__init__(trace)
        self._watches: dict[str, Watch] = {}
        self.entries = EntryInvariants(self)
        self.sync = SyncInvariants(self, centre)
        self.hedges = HedgeInvariants(self, centre, self._watches)
        self.rekeys = RekeyInvariants(self, centre)
        self.rest = RestInvariants(self, centre)

    def watch(self, box: SimBox) -> None:
        """Look at one start of a box."""
        assert box.live is not None
        assert box.peer is not None
        watch = self._watches[box.name] = begun(box)
        box.live.recorder.on_step.append(step_invariants.begun(self, box).stepped)
        box.live.recorder.tell(lambda recorded: self._durable(box, watch, recorded))
        box.peer.heard = lambda asked, answer: self.sync.heard(box, watch, asked, answer)

    def centre_put_back(self, image: Mapping[str, Mirror]) -> None:
        """Note that the centre rightly holds no more than an image of its disk."""
        self.sync.centre_put_back(image)

    def _durable(self, box: SimBox, watch: Watch, recorded: Recorded) -> None:
        self.trace.say(box.name, recorded.entry.kind, seq=recorded.entry.seq)
        self.hedges.durable(recorded)
        self.entries.durable(box, watch, recorded)
        self.rekeys.looked(box)
