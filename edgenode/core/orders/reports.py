"""What a venue's word does to our orders. Every report is evidence; none is a command.

A fill is always booked once: known -> nothing; same id with other content -> break; unknown
order -> `desk:suspense` and a break, still exposure. The venue's CumQty is a second witness: less
booked than it says -> UNKNOWN, and the executor asks again; more -> break. What cannot be read
opens one break per venue.
"""

from typing import assert_never

from edgenode.core.observations import NOTHING, Act, Decision, Requote
from edgenode.core.state.fills import content_hash, key_of
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.orders import Order
from edgenode.model.facts import (
    BreakOpened,
    Fact,
    FillRecorded,
    OrderDone,
    OrderUnknown,
    OrderWorking,
)
from edgenode.model.ids import DESK_SUSPENSE, NO_EVENT
from edgenode.model.orders import OrderState, sign
from edgenode.model.venue import (
    Acked,
    FillReport,
    Finished,
    LinkChanged,
    NotAnswered,
    NotKnown,
    Unreadable,
    VenueEvent,
)

DETAIL_MAX = 200


def reported(state: NodeState, event: VenueEvent, now_ns: int) -> Decision:
    """Decide on one venue event; total."""
    match event:
        case FillReport():
            return _fill(state, event, now_ns)
        case LinkChanged():
            return NOTHING
        case Unreadable():
            if f"venue_message:{event.venue}" in state.breaks.open:
                return NOTHING
            detail = event.detail[:DETAIL_MAX]
            return Decision((_break("venue_message", event.venue, detail, now_ns),))
        case Acked() | Finished() | NotAnswered() | NotKnown():
            order = state.orders.orders.get(event.order_id)
            if order is None or order.state is OrderState.DONE:
                return NOTHING
            return _status(event, order, now_ns)
        case _:
            assert_never(event)


def _status(  # noqa: PLR0912  one branch per kind of evidence
    event: Acked | Finished | NotAnswered | NotKnown, order: Order, now_ns: int
) -> Decision:
    actor = f"venue:{event.venue}"
    order_id = event.order_id
    fact: Fact
    match event:
        case Acked():
            if order.state in {OrderState.WORKING, OrderState.PARTIAL}:
                return NOTHING
            fact = OrderWorking(at_ns=now_ns, order_id=order_id, evidence="ack")
        case NotAnswered():
            if order.state is OrderState.UNKNOWN:
                return NOTHING
            fact = OrderUnknown(at_ns=now_ns, order_id=order_id, evidence=event.detail)
        case NotKnown():
            if order.filled_lots:  # it executed: the venue's "no" is no evidence
                return NOTHING
            fact = OrderDone(
                at_ns=now_ns, order_id=order_id, reason="never_received", filled_lots=0
            )
        case Finished():
            if event.cum_lots > order.filled_lots:
                if order.state is OrderState.UNKNOWN:
                    return NOTHING
                detail = f"venue executed {event.cum_lots} lots, {order.filled_lots} are booked"
                fact = OrderUnknown(at_ns=now_ns, order_id=order_id, evidence=detail)
            else:
                return _finished(event, order, now_ns)
        case _:
            assert_never(event)
    return Decision((Act(fact, actor),))


def _finished(event: Finished, order: Order, now_ns: int) -> Decision:
    actor = f"venue:{event.venue}"
    done = OrderDone(
        at_ns=now_ns,
        order_id=event.order_id,
        reason=event.reason,
        filled_lots=order.filled_lots,
    )
    acts = [Act(done, actor)]
    if event.cum_lots < order.filled_lots:
        detail = f"venue says {event.cum_lots} lots, {order.filled_lots} are booked"
        acts.append(_break("cum_quantity", event.order_id, detail, now_ns))
    return Decision(tuple(acts))


def _fill(state: NodeState, report: FillReport, now_ns: int) -> Decision:
    content = content_hash(report)
    known = state.fills.known(key_of(report))
    if known is not None:
        if known == content:
            return NOTHING
        subject = "/".join(key_of(report))
        if f"fill_content:{subject}:{content.hex()[:8]}" in state.breaks.open:
            return NOTHING
        detail = f"known content {known.hex()[:16]}, reported {content.hex()[:16]}"
        break_id = f"fill_content:{subject}:{content.hex()[:8]}"
        opened = BreakOpened(
            at_ns=now_ns, break_id=break_id, type="fill_content", subject=subject, detail=detail
        )
        return Decision((Act(opened, "rule:fills"),))
    if report.instrument not in state.limits.instruments:
        detail = f"{report.side} {report.quantity_lots} at {report.price_ticks}"
        return Decision((_break("fill_instrument", report.exec_id, detail, now_ns),))
    return _new_fill(state, report, content, now_ns)


def _new_fill(state: NodeState, report: FillReport, content: bytes, now_ns: int) -> Decision:
    order = state.orders.orders.get(report.order_id)
    instrument = state.limits.instruments[report.instrument]
    reference = order.gated.saw.reference_ticks if order else None
    slippage = 0
    if reference is not None:
        worse = sign(report.side) * (report.price_ticks - reference)
        slippage = instrument.notional_minor(max(0, worse), report.quantity_lots)
    fact = FillRecorded(
        at_ns=now_ns,
        venue=report.venue,
        venue_account=report.venue_account,
        scope=report.scope,
        exec_id=report.exec_id,
        order_id=report.order_id,
        account=order.gated.account if order else DESK_SUSPENSE,
        instrument=report.instrument,
        side=report.side,
        quantity_lots=report.quantity_lots,
        price_ticks=report.price_ticks,
        fee_minor=report.fee_minor,
        fee_currency=report.fee_currency,
        venue_time_ns=report.venue_time_ns,
        content_hash=content,
        event_id=order.gated.event_id if order else NO_EVENT,
        cost_minor=report.fee_minor + slippage,
    )
    acts = [Act(fact, f"venue:{report.venue}")]
    if order is None:
        detail = f"{report.side} {report.quantity_lots} lots at {report.price_ticks}"
        acts.append(_break("unknown_order", f"{report.venue}/{report.exec_id}", detail, now_ns))
        return Decision(tuple(acts), (Requote(report.instrument),))
    filled = order.filled_lots + report.quantity_lots
    if filled > order.gated.quantity_lots:
        detail = f"{filled} lots executed of {order.gated.quantity_lots} ordered"
        acts.append(_break("overfill", report.order_id, detail, now_ns))
    if filled >= order.gated.quantity_lots and order.state is not OrderState.DONE:
        done = OrderDone(
            at_ns=now_ns, order_id=report.order_id, reason="filled", filled_lots=filled
        )
        acts.append(Act(done, f"venue:{report.venue}"))
    return Decision(tuple(acts), (Requote(report.instrument),))


def _break(type_: str, subject: str, detail: str, now_ns: int) -> Act:
    opened = BreakOpened(
        at_ns=now_ns, break_id=f"{type_}:{subject}", type=type_, subject=subject, detail=detail
    )
    return Act(opened, "rule:fills")
