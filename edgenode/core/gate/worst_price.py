"""The worst price at which an order can execute: limits on money judge it there.

side  worst price
----  -----------------------------------------------------------------------------------
buy   its limit; of a market order the collar's edge
sell  the highest of limit, reference, the bid displayed at its venue, and the collar's
upper edge: it takes what is bid, however low its limit
"""

from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.ids import LOCAL_VENUE, InstrumentId, VenueId
from edgenode.model.orders import Side


def worst_price(
    side: Side, price_ticks: int, upper_ticks: int, displayed_ticks: int | None
) -> int:
    """Return it, given the collar's upper edge (at or above the reference) and the best bid."""
    if side == "buy":
        return price_ticks
    return max(price_ticks, upper_ticks, displayed_ticks or 0)


def best_bid(state: NodeState, seen: Seen, venue: VenueId, instrument: InstrumentId) -> int | None:
    """Return the best bid displayed at a venue, None if there is none."""
    if venue == LOCAL_VENUE:
        return state.orders.best_bid(instrument)
    book = seen.book(venue, instrument)
    return book.bids[0][0] if book is not None and book.bids else None
