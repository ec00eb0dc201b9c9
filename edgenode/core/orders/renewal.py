"""When the desk's quote must be looked at: before a match, and before or after what takes room."""

from collections import Counter
from collections.abc import Iterable

from edgenode.core.observations import (
    AmendAsked,
    Decision,
    Observation,
    OrderAsked,
    Requote,
    SliceDue,
)
from edgenode.core.orders.making import REDUCING
from edgenode.core.orders.quotes import held_rows
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import FillRecorded, OrderGated, Policy, QuotesSet, Reserved
from edgenode.model.ids import LOCAL_VENUE, InstrumentId
from edgenode.model.orders import OrderIntent, opposite


def outdated(
    state: NodeState, seen: Seen, observation: Observation, now_ns: int
) -> InstrumentId | None:
    """Name the quote that an order would lift although a newer reference is seen; else None."""
    intent: OrderIntent | None = None  # of a new order
    if isinstance(observation, OrderAsked | SliceDue):
        intent = observation.intent
        venue, name = intent.venue, intent.instrument
        side, price = intent.side, intent.price_ticks
    elif isinstance(observation, AmendAsked):
        order = state.orders.orders.get(observation.order_id)
        if order is None:
            return None
        gated, price = order.gated, observation.price_ticks
        venue, name, side = gated.venue, gated.instrument, gated.side
    else:
        return None
    policy, standing = state.rules.policy, state.orders.quotes.get(name)
    if policy is None or standing is None or venue != LOCAL_VENUE:
        return None
    best = standing.ask_ticks if side == "buy" else standing.bid_ticks
    lifts = price is None or (price >= best if side == "buy" else price <= best)
    if not lifts or state.orders.quote_price(name, opposite(side)) is None:
        return None
    if intent and (state.orders.named(intent.key) is not None or seen.past.name_taken):
        return None  # a repeat decides nothing
    return name if standing.reference_ticks != _ticks(seen, policy, name, now_ns) else None


def beside_hedge(state: NodeState, gated: OrderGated) -> tuple[Requote, ...]:
    """Return how the desk's quote is looked at once a hedge was sent, whose money it counts on.

    It is cut to the room that is left, unless all of it may be carried unhedged. One that may only
    reduce is made anew, for the hedge may reduce the same lots.
    """
    policy, standing = state.rules.policy, state.orders.quotes.get(gated.instrument)
    if policy is None or standing is None:
        return ()
    if standing.reason == REDUCING:
        return (Requote(gated.instrument),)
    carried = policy.unhedged_max - gated.saw.worst_after
    if max(standing.bid_lots, standing.ask_lots) <= carried:
        return ()
    return (Requote(gated.instrument, cut=True),)


def takes_more(state: NodeState, decision: Decision) -> bool:
    """Return whether a decision on a quote takes lots or money that the standing one lacks."""
    for act in decision.acts:
        fact = act.fact
        if isinstance(fact, FillRecorded):
            return True
        if isinstance(fact, QuotesSet):
            buys, sells = state.orders.quote_lots(fact.instrument)
            more = Counter(_amounts(fact.reserved))
            more.subtract(_amounts(held_rows(state, fact.instrument)))
            lots = fact.bid_lots > buys or fact.ask_lots > sells
            if lots or any(amount > 0 for amount in more.values()):
                return True
    return False


def _amounts(rows: Iterable[Reserved]) -> dict[tuple[str, str, str], int]:
    total = Counter[tuple[str, str, str]]()
    for row in rows:
        total[row.grant, row.kind, row.unit] += row.amount
    return total


def _ticks(seen: Seen, policy: Policy, name: InstrumentId, now_ns: int) -> int | None:
    reference = seen.reference(policy, name, now_ns)
    return None if reference is None else reference.ticks
