"""Changes of working orders: cancel, cancel all, amend, expire.

An order of the local book ends here. One at an outside venue is ended by that venue's word alone:
it is asked to cancel, once, and the order works and holds what it holds until it tells.
"""

from dataclasses import replace

from edgenode.core.gate import gate, standing
from edgenode.core.observations import (
    NOTHING,
    Act,
    AmendAsked,
    CancelAllAsked,
    CancelAsked,
    Decision,
    Observation,
)
from edgenode.core.orders import local
from edgenode.core.orders.placing import GATE, content_hash
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.order import Order
from edgenode.model.errors import RefusedError
from edgenode.model.facts import AmendDenied, CancelSent, OrderAmended, OrderDone, Reason
from edgenode.model.ids import LOCAL_VENUE
from edgenode.model.money import format_decimal
from edgenode.model.orders import OrderIntent, OrderState


def cancel(state: NodeState, observation: CancelAsked, now_ns: int) -> Decision:
    """Decide on a person's cancel."""
    order = state.orders.orders.get(observation.order_id)
    if order is None or order.state is OrderState.DONE or order.cancel_sent:
        return NOTHING
    ended = _ended(order, "canceled", now_ns)
    return Decision((Act(ended, observation.actor, automatic=False),))


def cancel_all(state: NodeState, observation: CancelAllAsked, now_ns: int) -> Decision:
    """Cancel what an account has resting here (FIX mass cancel; cancel on disconnect)."""
    return Decision(
        tuple(
            Act(_ended(order, "canceled", now_ns), observation.actor)
            for order in state.orders.open_of(observation.account)
        )
    )


def amend(state: NodeState, seen: Seen, observation: AmendAsked, now_ns: int) -> Decision:
    """Decide on another price or quantity (FIX 35=G): gated as a new order, less what it held.

    Denied: the order works on as it was. RefusedError EN006 if nothing works under this id.
    """
    order = state.orders.orders.get(observation.order_id)
    if order is None or order.state is OrderState.DONE or order.gated.venue != LOCAL_VENUE:
        raise RefusedError(
            f"order {observation.order_id} does not work in the local book",
            expected="an open order of the local venue",
            do="send a new order",
            code="EN006",
        )
    intent = _intent(order, observation)
    if state.orders.named(intent.key) is not None or seen.past.name_taken:
        return NOTHING
    judgement = gate.judge(state, seen, intent, now_ns, replaces=order)
    reasons = judgement.reasons or _post_only(state, order, intent)
    gated = order.gated
    if reasons:
        denied = AmendDenied(
            at_ns=now_ns,
            order_id=gated.order_id,
            account=gated.account,
            client_order_id=intent.client_order_id,
            quantity_lots=intent.quantity_lots,
            price_ticks=intent.price_ticks,
            reasons=reasons,
            limits_version=judgement.limits_version,
            content_hash=content_hash(intent),
        )
        return Decision((Act(denied, GATE),))
    assert intent.price_ticks is not None, "the gate lets no order without a price pass"
    amended = OrderAmended(
        at_ns=now_ns,
        order_id=gated.order_id,
        account=gated.account,
        client_order_id=intent.client_order_id,
        quantity_lots=intent.quantity_lots,
        price_ticks=intent.price_ticks,
        limits_version=judgement.limits_version,
        reserved=judgement.reserved,
        saw=judgement.saw,
        content_hash=content_hash(intent),
    )
    if intent.price_ticks == gated.price_ticks and intent.quantity_lots <= gated.quantity_lots:
        return Decision((Act(amended, GATE),))  # it keeps its place
    left = intent.quantity_lots - order.filled_lots
    new = replace(
        gated,
        quantity_lots=left,
        price_ticks=intent.price_ticks,
        event_id=judgement.event_id,
    )
    return local.entered(
        state, new, now_ns, first=(Act(amended, GATE),), filled_before=order.filled_lots
    )


def is_gone(state: NodeState, observation: Observation) -> bool:
    """Return whether the order of a change has ended, so that there is nothing to change."""
    if not isinstance(observation, AmendAsked):
        return False
    order = state.orders.orders.get(observation.order_id)
    return order is None or order.state is OrderState.DONE


def expired(state: NodeState, now_ns: int) -> list[Act]:
    """End orders whose time has passed, and day orders here once the session is over."""
    ids = set(state.orders.expired(now_ns))
    for instrument in state.rules.instruments.values():
        if not standing.in_hours(instrument.opens_s, instrument.closes_s, now_ns):
            resting = state.orders.resting(instrument.id)
            ids |= {o.gated.order_id for o in resting if o.gated.time_in_force == "day"}
    over = (state.orders.orders[id_] for id_ in sorted(ids))
    return [Act(_ended(o, "expired", now_ns), "rule:expiry") for o in over if not o.cancel_sent]


def _intent(order: Order, observation: AmendAsked) -> OrderIntent:
    gated = order.gated
    return OrderIntent(
        client_order_id=observation.client_order_id,
        account=gated.account,
        venue=gated.venue,
        instrument=gated.instrument,
        side=gated.side,
        quantity_lots=observation.quantity_lots,
        price_ticks=observation.price_ticks,
        time_in_force=gated.time_in_force,
        post_only=gated.post_only,
        reduce_only=gated.reduce_only,
        expires_ns=gated.expires_ns,
        event_id=gated.event_id,
    )


def _post_only(state: NodeState, order: Order, intent: OrderIntent) -> tuple[Reason, ...]:
    """Deny a change that would let a post-only order execute at once."""
    gated = order.gated
    book = state.orders.book(gated.instrument)
    if (
        not gated.post_only
        or not book.match(gated.order_id, gated.account, gated.side, intent.price_ticks, 1).fills
    ):
        return ()
    instrument = state.rules.instruments[gated.instrument]
    price = format_decimal(intent.price_ticks or 0, instrument.price_decimals)
    return (
        Reason(
            code="EN127", name="post_only", limit="a price that rests", value=price, unit="price",
            scope="node",
        ),
    )  # fmt: skip


def _ended(order: Order, reason: str, now_ns: int) -> OrderDone | CancelSent:
    """End a local order, or have its venue asked to."""
    if order.gated.venue != LOCAL_VENUE:
        return CancelSent(at_ns=now_ns, order_id=order.gated.order_id, reason=reason)
    return OrderDone(
        at_ns=now_ns,
        order_id=order.gated.order_id,
        reason=reason,
        filled_lots=order.filled_lots,
    )
