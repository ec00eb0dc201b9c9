"""What each hedge cost beside what its venue's curve said of it as it was sent. Integers."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.core.estimate.venues import hedges
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import FillRecorded, OrderGated
from edgenode.model.ids import InstrumentId, OrderId
from edgenode.model.money import div_up
from edgenode.model.orders import sign

PPM, PPM_PER_BP = 1_000_000, 100


class Sent(NamedTuple):
    """A hedge as it was sent; `expected_ppm` of its reference, None while nothing was known."""

    gated: OrderGated
    expected_ppm: int | None
    known: int  # hedges that the venue had executed before


class Cost(NamedTuple):
    """A hedge with what is booked of it.

    `cost_ppm` is how far beyond the reference it executed, adverse positive, without fees; None if
    nothing executed or there was no reference.
    """

    sent: Sent
    lots: int
    cost_ppm: int | None


class Total(NamedTuple):
    """What hedges of one instrument lost, and were expected to, in the quote's smallest unit.

    Both are of the hedges that executed with a reference and an expectation: `orders` of them.
    """

    orders: int
    lost_minor: int
    expected_minor: int


@dataclass(slots=True)
class Slippage:
    """The hedges of one micro-event in the order in which they were sent."""

    sent: dict[OrderId, Sent] = field(default_factory=dict)

    def take(self, state: NodeState, gated: OrderGated) -> None:
        """Note a hedge with what is expected of its size at its venue, before it executes."""
        name, venue = gated.instrument, gated.venue
        bp = hedges.cost_bp(state.hedged, venue, name, gated.quantity_lots)
        known = len(hedges.points(hedges.rows(state.hedged, venue, name)))
        expected = None if bp is None else round(bp * PPM_PER_BP)
        self.sent[gated.order_id] = Sent(gated, expected, known)

    def costs(self, fills: Iterable[FillRecorded], name: InstrumentId) -> list[Cost]:
        """Return the hedges of an instrument with what counts of their executions now."""
        lots: dict[OrderId, int] = {}
        worth: dict[OrderId, int] = {}
        for fill in fills:
            lots[fill.order_id] = lots.get(fill.order_id, 0) + fill.quantity_lots
            paid = fill.quantity_lots * fill.price_ticks
            worth[fill.order_id] = worth.get(fill.order_id, 0) + paid
        return [
            Cost(sent, lots.get(id_, 0), _cost_ppm(sent, lots.get(id_, 0), worth.get(id_, 0)))
            for id_, sent in self.sent.items()
            if sent.gated.instrument == name
        ]


def total(state: NodeState, costs: Iterable[Cost]) -> Total:
    """Return the sums over what can be compared."""
    orders = lost = expected = 0
    for sent, lots, cost_ppm in costs:
        reference = sent.gated.saw.reference_ticks
        if cost_ppm is None or sent.expected_ppm is None or reference is None:
            continue
        worth = state.rules.instruments[sent.gated.instrument].notional_minor(reference, lots)
        orders += 1
        lost += div_up(worth * cost_ppm, PPM)
        expected += div_up(worth * sent.expected_ppm, PPM)
    return Total(orders, lost, expected)


def _cost_ppm(sent: Sent, lots: int, worth: int) -> int | None:
    reference = sent.gated.saw.reference_ticks
    if not reference or not lots:
        return None
    away = sign(sent.gated.side) * (worth - lots * reference)
    return div_up(away * PPM, lots * reference)
