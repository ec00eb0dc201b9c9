"""An order that had ended here and of which its venue says that it works: it works again.

    it ended here as                        its venue says            recorded
    --------------------------------------  ------------------------  --------------------------
    never_received, never_sent, decided     it works                  OrderReopened, CancelSent
    by its venue's own word                 it works                  nothing: that was said before
    any of these, not filled                its snapshots list it,    the same, and the break
                                            twice, or it works and    open_order
                                            that break is open

It is UNKNOWN with its worst case, its lots are held again, and nobody wants it any more: so it is
asked to cancel. Its venue's word ends it like any other.
"""

from edgenode.core.breaks.opening import id_of
from edgenode.core.observations import NOTHING, Act, Decision, Requote
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.model.break_types import OPEN_ORDER
from edgenode.model.facts import CancelSent, OrderGated, OrderReopened
from edgenode.model.orders import OrderState

ENDED_HERE = frozenset({"never_received", "never_sent", "decided"})


def works(state: NodeState, seen: Seen, gated: OrderGated, now_ns: int) -> Decision:
    """Decide on a venue's word that it works an order that had ended, also one that has left."""
    order, done = state.orders.orders.get(gated.order_id), seen.past.done(gated.order_id)
    reason = order.done_reason if order else done.reason if done else None
    listed = id_of(OPEN_ORDER, f"{gated.venue}/{gated.order_id}") in state.breaks.open
    if reason is None or not (listed or reason in ENDED_HERE):
        return NOTHING
    if order is not None:
        return Decision(
            reopened(order, "its venue works it", now_ns), (Requote(gated.instrument),)
        )
    assert done is not None, "an order that has left the state has ended"
    filled_lots = state.orders.executed(gated.order_id, done.filled_lots)
    if filled_lots >= gated.quantity_lots:
        return NOTHING
    fact = OrderReopened(
        at_ns=now_ns,
        order_id=gated.order_id,
        evidence="its venue works it",
        times=done.again + 1,
        filled_lots=filled_lots,
        recalled=gated,
    )
    return Decision(_canceled(fact, gated, now_ns), (Requote(gated.instrument),))


def reopened(order: Order, evidence: str, now_ns: int) -> tuple[Act, ...]:
    """Return what lets an ended order at hand work again; nothing if all of it has executed."""
    gated = order.gated
    if order.state is not OrderState.DONE or order.filled_lots >= gated.quantity_lots:
        return ()
    fact = OrderReopened(
        at_ns=now_ns,
        order_id=gated.order_id,
        evidence=evidence,
        times=order.ended + 1,
        filled_lots=order.filled_lots,
        recalled=None,
    )
    return _canceled(fact, gated, now_ns)


def _canceled(fact: OrderReopened, gated: OrderGated, now_ns: int) -> tuple[Act, ...]:
    cancel = CancelSent(at_ns=now_ns, order_id=gated.order_id, reason="it had ended here")
    return Act(fact, f"venue:{gated.venue}"), Act(cancel, "rule:reopened")
