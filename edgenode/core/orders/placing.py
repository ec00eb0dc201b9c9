"""Order entry: judge, then match at once in the local book or hand over to an outside venue."""

import hashlib

from edgenode.core.gate import approvals, gate
from edgenode.core.gate.gate import Judgement
from edgenode.core.observations import NOTHING, Act, Decision, OrderAsked
from edgenode.core.orders import local, renewal
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import OrderDenied, OrderGated, OrderSent
from edgenode.model.ids import LOCAL_VENUE
from edgenode.model.orders import OrderIntent
from edgenode.wire.canonical import pack

GATE = "rule:gate"


def content_hash(intent: OrderIntent) -> bytes:
    """Hash what was asked for, so that a repeat can be told from a re-use of the id."""
    content = [
        *(intent.venue, intent.instrument, intent.side, intent.quantity_lots, intent.price_ticks),
        *(intent.type, intent.time_in_force, intent.post_only, intent.reduce_only),
        *(intent.expires_ns, intent.event_id),
    ]
    return hashlib.sha256(pack(content)).digest()


def asked(state: NodeState, seen: Seen, observation: OrderAsked, now_ns: int) -> Decision:
    """Decide on a new order. An id that was used before decides nothing again."""
    intent = observation.intent
    if state.orders.named(intent.key) is not None or seen.past.name_taken:
        return NOTHING
    judgement = gate.judge(state, seen, intent, now_ns)
    if judgement.reasons:
        denied = Act(_denied(intent, judgement, now_ns), GATE)
        return Decision((denied, *approvals.proposed(state, intent, judgement, now_ns)))
    gated = _gated(state, intent, judgement, now_ns)
    first = Act(gated, GATE)
    if intent.venue != LOCAL_VENUE:
        sent = OrderSent(at_ns=now_ns, order_id=gated.order_id, evidence="outbox")
        return Decision((first, Act(sent, GATE)), renewal.beside_hedge(state, gated))
    return local.entered(state, gated, now_ns, first=(first,))


def _denied(intent: OrderIntent, judgement: Judgement, now_ns: int) -> OrderDenied:
    return OrderDenied(
        at_ns=now_ns,
        account=intent.account,
        client_order_id=intent.client_order_id,
        venue=intent.venue,
        instrument=intent.instrument,
        side=intent.side,
        quantity_lots=intent.quantity_lots,
        price_ticks=intent.price_ticks,
        event_id=judgement.event_id,
        reasons=judgement.reasons,
        limits_version=judgement.limits_version,
        content_hash=content_hash(intent),
    )


def _gated(state: NodeState, intent: OrderIntent, judgement: Judgement, now_ns: int) -> OrderGated:
    assert judgement.price_ticks is not None, "the gate lets no order without a price pass"
    return OrderGated(
        at_ns=now_ns,
        account=intent.account,
        client_order_id=intent.client_order_id,
        order_id=state.orders.next_id(),
        venue=intent.venue,
        instrument=intent.instrument,
        side=intent.side,
        type=intent.type,
        time_in_force=intent.time_in_force,
        post_only=intent.post_only,
        reduce_only=intent.reduce_only,
        expires_ns=intent.expires_ns,
        quantity_lots=intent.quantity_lots,
        price_ticks=judgement.price_ticks,
        event_id=judgement.event_id,
        plan_id=judgement.plan_id,
        limits_version=judgement.limits_version,
        reserved=judgement.reserved,
        saw=judgement.saw,
        content_hash=content_hash(intent),
    )
