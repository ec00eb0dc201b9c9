"""What a decision made dirty, looked at again in the same step: each thing, and who decides it."""

from typing import assert_never

from edgenode.core.hedge import programme
from edgenode.core.observations import (
    AuctionDue,
    Decision,
    Filled,
    FollowUp,
    HedgeDue,
    OrderAsked,
    Requote,
    Retold,
    SliceDue,
)
from edgenode.core.orders import local, placing, quotes
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.venues import disputes, reports
from edgenode.model.ids import Actor

OVERLAY = Actor("rule:overlay")


def decide(  # noqa: PLR0911  routes: one return for each thing
    state: NodeState, seen: Seen, dirty: FollowUp, now_ns: int
) -> Decision:
    """Decide on a dirty thing."""
    match dirty:
        case Filled():
            return reports.after_fill(state, seen, dirty.order_id, now_ns)
        case Retold():
            return disputes.retold(state, dirty.key, now_ns)
        case AuctionDue():
            return local.auction_ended(state, seen, dirty.instrument, now_ns)
        case SliceDue():
            return placing.asked(state, seen, OrderAsked(dirty.intent, OVERLAY), now_ns)
        case HedgeDue():
            return programme.told(state, seen, dirty, now_ns)
        case Requote(cut=True):
            return quotes.cut(state, seen, dirty.instrument, now_ns)
        case Requote():
            return quotes.renewed(state, seen, dirty.instrument, now_ns)
        case _:
            assert_never(dirty)
