"""What must hold of every order that a venue hears, and of both tiers of hedges together.

name                 when looked at            what must hold
-------------------  ------------------------  -----------------------------------------------
sent_before_durable  a venue hears an order    its `OrderSent` is in the ledger on a disk
double_hedge         a venue hears a hedge,    |core + overlay| within the one bound, for a node
                     core trades                   of which there is one copy: by what is agreed
                                                   of E for the overlay, by its worst for core

Core is what the desk's ledger on the centre's disk says that it traded for the node, whatever the
centre makes of it: also while it is down, also once a node was keyed anew. The overlay is what
venues executed; what the books have in suspense is exposure until a person decides, and no hedge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from edgenode.core.node import Recorded
from edgenode.core.state.exposure import Exposure
from edgenode.model.facts import CoreFillRecorded, OrderSent
from edgenode.model.ids import DESK_OVERLAY, DESK_SUSPENSE, InstrumentId, NodeId, OrderId
from edgenode.model.orders import sign
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.centre import SimCentre
from edgenode.sim.world.exchange import Exchange
from edgenode.sim.world.judged import Judged
from edgenode.sim.world.watch import Watch

SLICE_LOTS, BAND_LOTS = 300, 100
CoreLots = dict[tuple[NodeId, InstrumentId], int]


@dataclass(slots=True)
class HedgeInvariants:
    """Judges orders as venues hear them, and core's executions as they become durable."""

    judged: Judged
    centre: SimCentre
    watches: Mapping[str, Watch]
    _sent: set[str] = field(default_factory=set)

    def durable(self, recorded: Recorded) -> None:
        """Note an order whose `OrderSent` is durable."""
        if isinstance(recorded.fact, OrderSent):
            self._sent.add(recorded.fact.order_id)

    def submitted(
        self, boxes: Sequence[SimBox], venues: Sequence[Exchange], order_id: OrderId
    ) -> None:
        """Judge an order that a venue hears."""
        found = f"a venue hears {order_id}, of which no ledger knows"
        self.judged.hold("sent_before_durable", order_id in self._sent, found)
        if len(boxes) > 1:
            return  # copies hedge by themselves: their loss is bounded by grants alone
        for box in boxes:
            live = box.live
            order = live.recorder.state.orders.orders.get(order_id) if live else None
            if live is None or order is None or order.gated.account != DESK_OVERLAY:
                continue
            state, lots = live.recorder.state, sign(order.gated.side) * order.gated.quantity_lots
            name = order.gated.instrument
            overlay, core = _overlay(box, venues, name), self._core(box.node, name)
            recent = [state.exposure(name), *self._seen(box, name)]
            exposed = max(abs(exposure.agreed) for exposure in recent)
            exposed += abs(state.mandates.lots(name) - core)
            limit = max(abs(core + overlay), exposed + BAND_LOTS + SLICE_LOTS)
            after = abs(core + overlay + lots)
            found = f"{box.name} {order_id}: {after} lots over {limit}"
            self.judged.hold("double_hedge", after <= limit, found)

    def core_traded(
        self, fact: CoreFillRecorded, boxes: Sequence[SimBox], venues: Sequence[Exchange]
    ) -> None:
        """Judge what core has just traded for a node."""
        if len(boxes) != 1:
            return
        name, (box,) = fact.instrument, boxes
        overlay, after = _overlay(box, venues, name), self._core(fact.node, name)
        before = after - sign(fact.side) * fact.quantity_lots
        exposed = max((e.book.worst for e in self._seen(box, name)), default=0)
        limit = max(abs(before + overlay), exposed + BAND_LOTS + SLICE_LOTS)
        found = f"core {fact.order_id} of {fact.node}: {abs(after + overlay)} lots over {limit}"
        self.judged.hold("double_hedge", abs(after + overlay) <= limit, found)

    def _core(self, node: NodeId, name: InstrumentId) -> int:
        return self.centre.core_lots(node, name)

    def _seen(self, box: SimBox, name: InstrumentId) -> list[Exposure]:
        watch = self.watches.get(box.name)
        return watch.recent(name) if watch else []


def _overlay(box: SimBox, venues: Sequence[Exchange], name: InstrumentId) -> int:
    """Return what venues executed for the overlay, as far as its orders are known."""
    true = sum(venue.net_lots(name) for venue in venues)
    if box.live is None:
        return true
    return true - box.live.recorder.state.positions.net(DESK_SUSPENSE, name)
