"""What is asked of orders and of the local book: each request, and who decides it."""

from typing import assert_never

from edgenode.core.observations import (
    AmendAsked,
    AuctionAsked,
    CancelAllAsked,
    CancelAsked,
    Decision,
    OfOrder,
    OrderAsked,
    SessionBegan,
    SessionEnded,
)
from edgenode.core.orders import changes, local, placing, sessions
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState


def decide(  # noqa: PLR0911  routes: one return for each request
    state: NodeState, seen: Seen, asked: OfOrder, now_ns: int
) -> Decision:
    """Decide on a request."""
    match asked:
        case OrderAsked():
            return placing.asked(state, seen, asked, now_ns)
        case CancelAsked():
            return changes.cancel(state, asked, now_ns)
        case AmendAsked():
            return changes.amend(state, seen, asked, now_ns)
        case CancelAllAsked():
            return changes.cancel_all(state, asked, now_ns)
        case SessionBegan():
            return sessions.began(state, asked, now_ns)
        case SessionEnded():
            return sessions.ended(state, asked, now_ns)
        case AuctionAsked():
            return local.auction_asked(state, asked, now_ns)
        case _:
            assert_never(asked)
