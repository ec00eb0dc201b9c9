"""An order that had ended here and of which its venue says that it works: it works again.

    it ended here as                        its venue            recorded
    --------------------------------------  -------------------  -------------------------------
    never_received, never_sent, decided     says that it works   OrderReopened, CancelSent
    never_received, never_sent, decided     executes some of it  the same, before the execution
    by its venue's own word                 says that it works   nothing: that was said before
    filled, by what was booked of it,       takes some back, or  the same: nothing else ended it
    and such that it may rest               people decide so
    any of these, not filled                lists it twice, or   the same, and the break open_order
                                            says that it works
                                            while that is open
    open, in an older ledger of the node    has said nothing     the same, as the newer one takes
                                            here yet             its history in

It is UNKNOWN with its worst case, its lots are held again, and nobody wants it any more: so it is
asked to cancel. Its venue's word ends it like any other. What it reserved of the grants of an
older ledger stays behind: what it costs from here on is its venue's act, as of a late execution.
"""

from collections.abc import Iterable

from edgenode.core.breaks.history import CARRIED
from edgenode.core.breaks.opening import id_of
from edgenode.core.observations import NOTHING, Act, Decision, Requote
from edgenode.core.seen import Seen
from edgenode.core.state import outcomes
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.core.venues.silence import ENDS_AT_ONCE
from edgenode.model.break_types import OPEN_ORDER
from edgenode.model.facts import CancelSent, CarriedOrder, FillRecorded, OrderGated, OrderReopened
from edgenode.model.orders import OrderState

RULE = "rule:reopened"
ENDED_HERE = frozenset({"never_received", "never_sent", "decided"})


def works(state: NodeState, seen: Seen, gated: OrderGated, now_ns: int) -> Decision:
    """Decide on a venue's word that it works an order that had ended, also one that has left."""
    acts = _again(state, seen, gated, "its venue works it", now_ns)
    return Decision(acts, (Requote(gated.instrument),)) if acts else NOTHING


def executed(state: NodeState, seen: Seen, fact: FillRecorded, now_ns: int) -> tuple[Act, ...]:
    """Return what lets an order work again of which an execution tells that its venue has it."""
    order = state.orders.orders.get(fact.order_id)
    gated = order.gated if order else seen.past.order(fact.order_id)
    if gated is None or gated.account != fact.account:
        return ()
    return _again(state, seen, gated, "its venue executed it", now_ns, lots=fact.quantity_lots)


def taken_back(
    state: NodeState, seen: Seen, gated: OrderGated, executed_lots: int, now_ns: int
) -> tuple[Act, ...]:
    """Return what lets an order work again that ended because all of it had executed.

    What is disputed of it may have executed. One that never rests has ended by its own terms.
    """
    order, done = state.orders.orders.get(gated.order_id), seen.past.done(gated.order_id)
    lots = order.done_lots if order else done.filled_lots if done else 0
    reason = order.done_reason if order else done.reason if done else None
    if gated.time_in_force in ENDS_AT_ONCE:
        return ()
    if reason != "filled" or executed_lots >= gated.quantity_lots or lots < gated.quantity_lots:
        return ()
    doubts = (outcomes.of_order(one, gated.order_id) for one in state.fills.in_doubt())
    if executed_lots + sum(high for _, high in doubts) >= gated.quantity_lots:
        return ()
    return _reopened(state, seen, gated, "what it executed was taken back", now_ns)


def _again(
    state: NodeState, seen: Seen, gated: OrderGated, evidence: str, now_ns: int, *, lots: int = 0
) -> tuple[Act, ...]:
    """Return what lets an order work again; nothing if `lots` more are all of it."""
    order, done = state.orders.orders.get(gated.order_id), seen.past.done(gated.order_id)
    reason = order.done_reason if order else done.reason if done else None
    listed = id_of(OPEN_ORDER, f"{gated.venue}/{gated.order_id}") in state.breaks.open
    if reason is None or not (listed or reason in ENDED_HERE):
        return ()
    done_lots = done.filled_lots if done else 0
    filled_lots = state.orders.executed(gated.order_id, done_lots)
    if filled_lots + lots >= gated.quantity_lots:
        return ()
    return _reopened(state, seen, gated, evidence, now_ns)


def _reopened(
    state: NodeState, seen: Seen, gated: OrderGated, evidence: str, now_ns: int
) -> tuple[Act, ...]:
    order, done = state.orders.orders.get(gated.order_id), seen.past.done(gated.order_id)
    if order is not None:
        return reopened(order, evidence, now_ns)
    assert done is not None, "an order that has left the state has ended"
    filled_lots = state.orders.executed(gated.order_id, done.filled_lots)
    fact = _recalled(gated, done.again, filled_lots, evidence, now_ns)
    return _canceled(fact, gated, now_ns)


def carried(orders: Iterable[CarriedOrder], now_ns: int) -> tuple[Act, ...]:
    """Return what lets orders work again that an older ledger left open at their venues."""
    acts: tuple[Act, ...] = ()
    for gated, done in ((order.gated, order.done) for order in orders):
        if done.reason != CARRIED or done.filled_lots >= gated.quantity_lots:
            continue
        evidence = "an older ledger left it open"
        fact = _recalled(gated, done.again, done.filled_lots, evidence, now_ns)
        acts += _canceled(fact, gated, now_ns, actor=RULE)
    return acts


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


def _recalled(
    gated: OrderGated, again: int, filled_lots: int, evidence: str, now_ns: int
) -> OrderReopened:
    """Return what lets an order work that is not at hand."""
    return OrderReopened(
        at_ns=now_ns,
        order_id=gated.order_id,
        evidence=evidence,
        times=again + 1,
        filled_lots=filled_lots,
        recalled=gated,
    )


def _canceled(
    fact: OrderReopened, gated: OrderGated, now_ns: int, *, actor: str | None = None
) -> tuple[Act, ...]:
    cancel = CancelSent(at_ns=now_ns, order_id=gated.order_id, reason="nobody here wants it")
    return Act(fact, actor or f"venue:{gated.venue}"), Act(cancel, RULE)
