"""What a venue says of one of our orders as a whole: works, ended, no answer, not known.

    order      said                                 recorded
    ---------  -----------------------------------  ------------------------------------------
    open       Acked                                OrderWorking
    open       NotAnswered                          OrderUnknown
    open       NotSent                              OrderDone(never_sent)
    open       NotKnown                             core/venues/silence
    open       Finished as filled, with less        OrderUnknown: it cannot be
    open       Finished, all of its CumQty booked   OrderDone, and a break where more is booked
    open       Finished, less booked                OrderUnknown: the executor asks again
    ended      Acked                                core/venues/reopening
    ended      Finished, all of its CumQty booked   closes the break below
    ended      Finished, another CumQty             break cum_quantity: the executor asks again;
                                                    OrderCounted: what differs may be true
    another    anything                             break: only its own venue speaks of an order

An order that has ended is judged also after it left the state (core/past finds it again).
"""

from typing import assert_never

from edgenode.core.breaks.opening import closed, message, opened, quantity, text
from edgenode.core.observations import NOTHING, Act, Decision, Requote
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.core.venues import reopening, silence
from edgenode.model.break_types import CUM_QUANTITY
from edgenode.model.facts import Fact, OrderCounted, OrderDone, OrderGated, OrderUnknown
from edgenode.model.ids import OrderId
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, Finished, NotAnswered, NotKnown, NotSent, Status


def said(state: NodeState, seen: Seen, event: Status, now_ns: int) -> Decision:
    """Decide on a venue's word about an order."""
    order = state.orders.orders.get(event.order_id)
    gated = order.gated if order else seen.past.order(event.order_id)
    if gated is None:
        return NOTHING
    if gated.venue != event.venue:
        found = f"speaks of {event.order_id}, an order at {gated.venue}"
        return message(state, event.venue, found, now_ns)
    if order is not None and order.state is not OrderState.DONE:
        return _of_open(state, event, order, now_ns)
    if isinstance(event, Acked):
        return reopening.works(state, seen, gated, now_ns)
    if not isinstance(event, Finished):
        return NOTHING
    done = seen.past.done(event.order_id)
    done_lots = order.done_lots if order else done.filled_lots if done else 0
    acts = _counted(state, event, gated, done_lots, now_ns)
    return Decision(acts, (Requote(gated.instrument),) if acts else ())


def executed(state: NodeState, seen: Seen, order_id: OrderId) -> int:
    """Return the booked lots of an order, also of one that was found again."""
    done = seen.past.done(order_id)
    return state.orders.executed(order_id, done.filled_lots if done else 0)


def _of_open(state: NodeState, event: Status, order: Order, now_ns: int) -> Decision:
    order_id = event.order_id
    fact: Fact
    match event:
        case Acked():
            return silence.acknowledged(state, event, order, now_ns)
        case NotAnswered():
            if order.state is OrderState.UNKNOWN:
                return NOTHING
            fact = OrderUnknown(at_ns=now_ns, order_id=order_id, evidence=text(event.detail))
        case NotKnown():
            return silence.not_known(state, event, order, now_ns)
        case NotSent():
            fact = OrderDone(
                at_ns=now_ns,
                order_id=order_id,
                reason="never_sent",
                filled_lots=order.filled_lots,
                again=order.ended,
            )
        case Finished():
            return _finished(state, event, order, now_ns)
        case _:
            assert_never(event)
    return Decision((Act(fact, f"venue:{event.venue}"),))


def _finished(state: NodeState, event: Finished, order: Order, now_ns: int) -> Decision:
    actor = f"venue:{event.venue}"
    short = event.reason == "filled" and event.cum_lots < order.gated.quantity_lots
    if event.cum_lots > order.filled_lots or (short and not state.fills.changed(event.order_id)):
        beyond = event.cum_lots > order.gated.quantity_lots
        more = _counted(state, event, order.gated, order.done_lots, now_ns) if beyond else ()
        if order.state is OrderState.UNKNOWN and order.acked:
            return Decision(more)
        detail = _against(state, event, order.gated, order.filled_lots)
        unknown = OrderUnknown(
            at_ns=now_ns, order_id=event.order_id, evidence=detail, acknowledged=True
        )
        return Decision((Act(unknown, actor), *more))
    done = OrderDone(
        at_ns=now_ns,
        order_id=event.order_id,
        reason=event.reason,
        filled_lots=order.filled_lots,
        again=order.ended,
    )
    counted = _counted(state, event, order.gated, order.filled_lots, now_ns)
    ended = silence.ended(state, event.order_id, f"it ended as {event.reason}", now_ns)
    return Decision((Act(done, actor), *counted, *ended))


def _counted(
    state: NodeState, event: Finished, gated: OrderGated, done_lots: int, now_ns: int
) -> tuple[Act, ...]:
    """Compare the venue's count of an ended order with ours; what differs may be true.

    `done_lots` were booked at its end, if it has left the state.
    """
    booked_lots = state.orders.executed(event.order_id, done_lots)
    if event.cum_lots == booked_lots:
        return explained(state, event.order_id, now_ns)
    detail = _against(state, event, gated, booked_lots)
    acts = opened(state, CUM_QUANTITY, event.order_id, detail, now_ns)
    held = state.orders.counted.get(event.order_id)
    if held is not None and held.cum_lots == event.cum_lots:
        return acts
    fact = OrderCounted(
        at_ns=now_ns,
        order_id=event.order_id,
        account=gated.account,
        venue=gated.venue,
        instrument=gated.instrument,
        event_id=gated.event_id,
        side=gated.side,
        quantity_lots=gated.quantity_lots,
        reserved=gated.reserved,
        cum_lots=event.cum_lots,
        done_lots=done_lots,
    )
    return (*acts, Act(fact, f"venue:{event.venue}"))


def explained(state: NodeState, order_id: OrderId, now_ns: int) -> tuple[Act, ...]:
    """Close the break of a venue's count that is what is booked."""
    return closed(state, CUM_QUANTITY, order_id, "the venue's count agrees", now_ns)


def _against(state: NodeState, event: Finished, gated: OrderGated, booked_lots: int) -> str:
    """Return the venue's count of an order and ours, in words."""
    instrument = state.rules.instruments.get(gated.instrument)
    told, booked = (quantity(n, instrument) for n in (event.cum_lots, booked_lots))
    return f"the venue executed {told}, {booked} are booked"
