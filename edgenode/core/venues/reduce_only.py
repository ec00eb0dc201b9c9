"""Reduce-only orders at outside venues: one that would open a position is asked to cancel.

The gate lets in no more than the position that they reduce; a bust, a correction, a decision or
another execution may take that away. The oldest orders stay. Those of the local book are cut as
they meet (core/orders/meeting).
"""

from collections.abc import Iterator

from edgenode.core.observations import Act
from edgenode.core.risk import doubt
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import CancelSent
from edgenode.model.ids import AccountId, InstrumentId, VenueId
from edgenode.model.orders import Side, sign

Place = tuple[AccountId, VenueId, InstrumentId]
RULE = "rule:reduce_only"


def due(state: NodeState, now_ns: int) -> list[Act]:
    """Return what cancels the orders that would open; at once where none is reduce-only."""
    return [Act(fact, RULE) for fact in _opening(state, now_ns)]


def _opening(state: NodeState, now_ns: int) -> Iterator[CancelSent]:
    if not state.orders.has_reduce_only:
        return
    rooms: dict[tuple[Place, Side], int] = {}
    for order in state.orders.at_venues():
        gated = order.gated
        if not gated.reduce_only:
            continue
        place = gated.account, gated.venue, gated.instrument
        if (place, gated.side) not in rooms:
            rooms[place, gated.side] = _room(state, place, gated.side)
        rooms[place, gated.side] -= order.remaining_lots
        if rooms[place, gated.side] < 0 and not order.cancel_sent:
            yield CancelSent(at_ns=now_ns, order_id=gated.order_id, reason="it would open")


def _room(state: NodeState, place: Place, side: Side) -> int:
    """Return how many lots may reduce a position; what is in doubt counts at its smaller end."""
    under, over = doubt.lots_at(state, *place)
    held = state.positions.at_venue(*place)
    held = held + under if side == "sell" else held + over
    mine = state.orders.reduce_only_lots(*place, side)
    others = state.orders.venue_lots(*place, side) - mine
    return -sign(side) * held - others
