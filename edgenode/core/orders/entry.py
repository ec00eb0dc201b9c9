"""Order entry: judge, then match at once in the local book or hand over to an outside venue."""

import hashlib

from edgenode.core.gate import gate
from edgenode.core.observations import (
    NOTHING,
    Act,
    CancelAsked,
    Decision,
    OrderAsked,
    Requote,
)
from edgenode.core.orders.local import execute
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Fact, OrderDenied, OrderDone, OrderGated, OrderSent, OrderWorking
from edgenode.model.ids import LOCAL_VENUE, OrderId
from edgenode.model.orders import OrderIntent, OrderState
from edgenode.wire.canonical import pack

GATE = "rule:gate"


def content_hash(intent: OrderIntent) -> bytes:
    """Hash what was asked for, so that a repeat can be told from a re-use of the id."""
    content = [
        *(intent.venue, intent.instrument, intent.side, intent.quantity_lots, intent.price_ticks),
        *(intent.type, intent.time_in_force, intent.reduce_only, intent.event_id),
    ]
    return hashlib.sha256(pack(content)).digest()


def asked(state: NodeState, seen: Seen, observation: OrderAsked, now_ns: int) -> Decision:
    """Decide on a new order. An id that was used before decides nothing again."""
    intent = observation.intent
    if state.orders.named(intent.key) is not None or seen.past.name_taken:
        return NOTHING
    verdict = gate.judge(state, seen, intent, now_ns)
    if verdict.reasons:
        denied = OrderDenied(
            at_ns=now_ns,
            account=intent.account,
            client_order_id=intent.client_order_id,
            venue=intent.venue,
            instrument=intent.instrument,
            side=intent.side,
            quantity_lots=intent.quantity_lots,
            price_ticks=intent.price_ticks,
            event_id=verdict.event_id,
            reasons=verdict.reasons,
            limits_version=verdict.limits_version,
            content_hash=content_hash(intent),
        )
        return Decision((Act(denied, GATE),))
    assert intent.price_ticks is not None, "the gate lets no order without a price pass"
    gated = OrderGated(
        at_ns=now_ns,
        account=intent.account,
        client_order_id=intent.client_order_id,
        order_id=state.orders.next_id(),
        venue=intent.venue,
        instrument=intent.instrument,
        side=intent.side,
        type=intent.type,
        time_in_force=intent.time_in_force,
        quantity_lots=intent.quantity_lots,
        price_ticks=intent.price_ticks,
        event_id=verdict.event_id,
        limits_version=verdict.limits_version,
        reserved=verdict.reserved,
        saw=verdict.saw,
        content_hash=content_hash(intent),
    )
    if intent.venue != LOCAL_VENUE:
        sent = OrderSent(at_ns=now_ns, order_id=gated.order_id, evidence="outbox")
        return Decision((Act(gated, GATE), Act(sent, GATE)))
    return _match(state, gated, now_ns)


def cancel(state: NodeState, observation: CancelAsked, now_ns: int) -> Decision:
    """Decide on a cancel of a local order; an outside venue's answer ends its own orders."""
    order = state.orders.orders.get(observation.order_id)
    if order is None or order.state is OrderState.DONE or order.gated.venue != LOCAL_VENUE:
        return NOTHING
    done = OrderDone(
        at_ns=now_ns,
        order_id=observation.order_id,
        reason="canceled",
        filled_lots=order.filled_lots,
    )
    return Decision((Act(done, observation.actor, automatic=False),))


def _match(state: NodeState, gated: OrderGated, now_ns: int) -> Decision:
    """Execute what the local book gives; the rest works, or is canceled where IOC."""
    instrument = state.limits.instruments[gated.instrument]
    matched = state.orders.book(gated.instrument).match(
        gated.order_id, gated.account, gated.side, gated.price_ticks, gated.quantity_lots
    )
    filled = gated.quantity_lots - matched.remaining_lots
    acts = [Act(gated, GATE)]
    # self-trade prevention: the resting order gives way
    acts += [_prevented(state, order_id, now_ns) for order_id in matched.prevented]
    acts += execute(state.orders, instrument, gated, matched.fills, now_ns)
    end: Fact
    if matched.remaining_lots == 0:
        end = OrderDone(at_ns=now_ns, order_id=gated.order_id, reason="filled", filled_lots=filled)
    elif gated.time_in_force == "ioc":
        end = OrderDone(
            at_ns=now_ns, order_id=gated.order_id, reason="canceled", filled_lots=filled
        )
    else:
        end = OrderWorking(at_ns=now_ns, order_id=gated.order_id, evidence="local book")
    acts.append(Act(end, "rule:match"))
    return Decision(tuple(acts), (Requote(gated.instrument),) if filled else ())


def _prevented(state: NodeState, order_id: str, now_ns: int) -> Act:
    order = state.orders.orders[OrderId(order_id)]
    done = OrderDone(
        at_ns=now_ns,
        order_id=order.gated.order_id,
        reason="canceled",
        filled_lots=order.filled_lots,
    )
    return Act(done, "rule:self_trade_prevention")
