"""The evidence of a break: what a person looks at, and what a decision on it is of.

    break                                 its evidence
    ------------------------------------  ---------------------------------------------------------
    of an execution                       its contents, corrections and bust, a hash of each
    cum_quantity, overfill                what it told, and by how many lots it may be otherwise
    forgotten, unresolved, not_canceled   what it told, and the executed and the ordered lots
    position_mismatch, balance_mismatch   what it told, and what the books hold at the venue
    any other                             what it told, and what is booked of its execution
    one that was decided                  the same, and when it was

Its name is shown beside the break. A person who says it decides that evidence and no other; a
decision at the centre always says it, for the node may have heard more by then.
"""

import hashlib

from edgenode.core.breaks import executions
from edgenode.core.observations import ResolveAsked
from edgenode.core.state.execution import key_of
from edgenode.core.state.node_state import NodeState
from edgenode.model.break_types import (
    BALANCE,
    CUM_QUANTITY,
    FORGOTTEN,
    NOT_CANCELED,
    OVERFILL,
    POSITION,
    UNRESOLVED,
)
from edgenode.model.errors import RefusedError
from edgenode.model.facts import BreakOpened
from edgenode.model.ids import OrderId, VenueId
from edgenode.model.orders import OrderState
from edgenode.wire.canonical import pack

DIGITS = 16
OF_ORDERS = frozenset({FORGOTTEN, UNRESOLVED, NOT_CANCELED})
Evidence = tuple[bytes, ...]


def of_break(state: NodeState, break_id: str) -> Evidence:
    """Return the evidence of a break that is open, or that people decided."""
    if break_id.partition(":")[0] in executions.OF_EXECUTIONS:
        key = executions.named(state, break_id)
        return tuple(sorted(state.fills.evidence(key))) if key else ()
    opened, corrected = state.breaks.subject_of(break_id), state.breaks.corrects(break_id)
    if opened is None:
        return ()
    told = [opened.break_id, opened.at_ns, opened.detail, *_figures(state, opened)]
    told += [corrected.at_ns] if corrected else []
    return (hashlib.sha256(pack(told)).digest(),)


def name_of(evidence: Evidence) -> str:
    """Return the digits by which evidence is named."""
    return hashlib.sha256(pack(list(evidence))).hexdigest()[:DIGITS]


def check_seen(asked: ResolveAsked, evidence: Evidence) -> None:
    """Refuse a decision on other evidence than there is now, with EN408."""
    now = name_of(evidence)
    if asked.evidence not in {None, now}:
        raise RefusedError(
            f"a decision on evidence {str(asked.evidence)[:40]}, which has changed since",
            expected=f"evidence {now}",
            do=f"edgenode breaks show {asked.break_id}, then decide again",
            code="EN408",
        )


def away(state: NodeState, opened: BreakOpened) -> int:
    """Return how many lots of an order may be otherwise than they are booked."""
    order_id = OrderId(opened.subject)
    if opened.type == CUM_QUANTITY:
        count = state.orders.counted.get(order_id)
        return count.cum_lots - state.orders.executed(order_id, count.done_lots) if count else 0
    order = state.orders.orders.get(order_id)
    return order.filled_lots - order.gated.quantity_lots if order else 0


def _figures(state: NodeState, opened: BreakOpened) -> tuple[int | bytes, ...]:
    """Return what may have changed since a break told of it."""
    if opened.type in {CUM_QUANTITY, OVERFILL}:
        late = state.orders.late_lots.get(OrderId(opened.subject), 0)
        return away(state, opened), late
    if opened.type in OF_ORDERS:
        order = state.orders.orders.get(OrderId(opened.subject))
        is_open = order is not None and order.state is not OrderState.DONE
        return (order.filled_lots, order.gated.quantity_lots) if order and is_open else ()
    if opened.type in {POSITION, BALANCE}:
        venue, _, asset = opened.subject.partition("/")
        return (_at_venue(state, VenueId(venue), asset, lots=opened.type == POSITION),)
    booked = executions.booked(state, key_of(opened.refers_to)) if opened.refers_to else ()
    return tuple(fill.content_hash for fill in booked)


def _at_venue(state: NodeState, venue: VenueId, asset: str, *, lots: bool) -> int:
    """Return what the books hold of an asset at a venue: the difference is to that."""
    if lots:
        totals = state.positions.totals.items()
        return sum(
            t.traded_lots for key, t in totals if (key.venue, key.instrument) == (venue, asset)
        )
    balances = state.wallet.balances.items()
    return sum(amount for key, amount in balances if (key.venue, key.asset) == (venue, asset))
