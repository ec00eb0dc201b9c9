"""Executions that their order does not allow. Each is booked, and each is a break.

    the execution                             break              booked
    ----------------------------------------  -----------------  ------------------
    is of no order of ours                    unknown_order      in suspense
    has another side, instrument or venue     not_as_ordered     in suspense
    is worse than the order's limit           beyond_limit       on the order
    comes after the order's definite end      after_end          on the order

More than was ordered is `overfill` (core/venues/reports). A bust or a correction of the execution
settles the two last; nothing else closes them by itself.
"""

from edgenode.core.breaks.history import CARRIED
from edgenode.core.breaks.opening import closed, opened, price, quantity
from edgenode.core.observations import Act
from edgenode.core.seen import Seen
from edgenode.core.state.execution import FillKey, key_of
from edgenode.core.state.node_state import NodeState
from edgenode.model.break_types import AFTER_END, BEYOND_LIMIT, NOT_AS_ORDERED, UNKNOWN_ORDER
from edgenode.model.facts import FillRecorded, OrderGated
from edgenode.model.ids import DESK_SUSPENSE, OrderId
from edgenode.model.orders import sign


def named(state: NodeState, seen: Seen, order_id: OrderId) -> OrderGated | None:
    """Return the order of ours under an id, also if it has left the state."""
    order = state.orders.orders.get(order_id)
    return order.gated if order else seen.past.order(order_id)


def contradicted(state: NodeState, seen: Seen, fact: FillRecorded, now_ns: int) -> tuple[Act, ...]:
    """Return the breaks of an execution that its order does not allow."""
    gated = named(state, seen, fact.order_id)
    subject, told = key_of(fact), _told(state, fact)
    if gated is None:
        return opened(state, UNKNOWN_ORDER, subject, told, now_ns)
    if fact.account == DESK_SUSPENSE:
        detail = f"{told} at {fact.venue}; ordered: {_ordered(state, gated)} at {gated.venue}"
        return opened(state, NOT_AS_ORDERED, subject, detail, now_ns)
    acts: tuple[Act, ...] = ()
    if sign(fact.side) * (fact.price_ticks - gated.price_ticks) > 0:
        limit = price(gated.price_ticks, state.rules.instruments[gated.instrument])
        acts += opened(state, BEYOND_LIMIT, subject, f"{told}, the limit is {limit}", now_ns)
    ended = _ended(state, seen, fact.order_id)
    if ended:
        acts += opened(state, AFTER_END, subject, f"{told}, after {ended}", now_ns)
    return acts


def settled(state: NodeState, key: FillKey, how: str, now_ns: int) -> tuple[Act, ...]:
    """Close what stands of an execution that its venue took back or corrected."""
    execution = state.fills.execution(key)
    ids = execution.ids | {key} if execution else {key}
    return tuple(
        act
        for one in sorted(ids)
        for type_ in (AFTER_END, BEYOND_LIMIT)
        for act in closed(state, type_, one, how, now_ns)
    )


def _ended(state: NodeState, seen: Seen, order_id: OrderId) -> str:
    """Return the definite end of an order in words; "" if it is open, or executed in full.

    An order that an older ledger left open has no end that its venue told.
    """
    order = state.orders.orders.get(order_id)
    done = None if order else seen.past.done(order_id)
    reason = order.done_reason if order else done and done.reason
    if reason is None or reason in {"filled", CARRIED}:
        return ""
    lots = order.done_lots if order else done.filled_lots if done else 0
    gated = named(state, seen, order_id)
    instrument = state.rules.instruments.get(gated.instrument) if gated else None
    return f"its end as {reason} with {quantity(lots, instrument)} executed"


def _told(state: NodeState, fact: FillRecorded) -> str:
    instrument = state.rules.instruments[fact.instrument]
    lots, at = quantity(fact.quantity_lots, instrument), price(fact.price_ticks, instrument)
    return f"{fact.side} {lots} at {at}"


def _ordered(state: NodeState, gated: OrderGated) -> str:
    instrument = state.rules.instruments[gated.instrument]
    lots, at = quantity(gated.quantity_lots, instrument), price(gated.price_ticks, instrument)
    return f"{gated.side} {lots} up to {at}"
