"""Who meets whom in the local book, with every reduce-only order held to its account's position.

A resting reduce-only order was judged at its entry, and other orders may have executed since. It
is judged again at each execution: it executes no more lots than its account then holds against it
at the local venue, and what of it would open a position is canceled. Executions earlier in the
same sweep or auction count. A call auction finds its price anew for each order that is cut.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from edgenode.core.market.auction import Cleared, clear
from edgenode.core.market.book import Match
from edgenode.core.state.node_state import NodeState
from edgenode.model.ids import LOCAL_VENUE, AccountId, InstrumentId, OrderId
from edgenode.model.orders import Side, opposite, sign


class Met(NamedTuple):
    """What an incoming order executes; `cut` are reduce-only orders that end, with their lots."""

    fills: tuple[Match, ...]
    remaining_lots: int
    prevented: tuple[str, ...]
    cut: Mapping[str, int]


class _Crossing(NamedTuple):
    """Lots that one order would execute next."""

    order_id: str
    account: str
    side: Side
    lots: int


def sweep(  # noqa: PLR0913, PLR0917  what an order is
    state: NodeState,
    instrument: InstrumentId,
    order_id: OrderId,
    account: AccountId,
    side: Side,
    price_ticks: int | None,
    lots: int,
) -> Met:
    """Return what an incoming order executes against the book."""
    book, resting = state.orders.book(instrument), opposite(side)
    cut: dict[str, int] = {}
    while True:  # each round cuts one more resting order
        found = book.match(order_id, account, side, price_ticks, lots, cut)
        if not found.fills:
            return Met(found.fills, found.remaining_lots, found.prevented, cut)
        met = (_Crossing(m.resting_id, m.resting_account, resting, m.lots) for m in found.fills)
        over = _first_over(state, instrument, met)
        if over is None:
            return Met(found.fills, found.remaining_lots, found.prevented, cut)
        cut |= over


def auction(
    state: NodeState, instrument: InstrumentId, reference_ticks: int | None
) -> tuple[Cleared, Mapping[str, int]]:
    """Return what meets in a call, and the reduce-only orders that end, with their lots."""
    book = state.orders.book(instrument)
    cut: dict[str, int] = {}
    while True:  # each round takes at least one lot away from an order
        found = clear(book, reference_ticks, cut)
        over = _first_over(state, instrument, _executions(found))
        if over is None:
            return found, cut
        cut |= over


def _executions(found: Cleared) -> Iterable[_Crossing]:
    for buy, sell, lots in found.pairs:
        yield _Crossing(buy.order_id, buy.account, "buy", lots)
        yield _Crossing(sell.order_id, sell.account, "sell", lots)


def _first_over(
    state: NodeState, instrument: InstrumentId, executions: Iterable[_Crossing]
) -> dict[str, int] | None:
    """Return the first reduce-only order that would open a position, with the lots it may have."""
    if not state.orders.has_reduce_only:
        return None
    moved = Counter[str]()  # signed lots, by account
    done = Counter[str]()  # lots, by order
    for order_id, account, side, lots in executions:
        order = state.orders.orders.get(OrderId(order_id))
        if order is not None and order.gated.reduce_only:
            held = state.positions.at_venue(AccountId(account), LOCAL_VENUE, instrument)
            room = max(0, -sign(side) * (held + moved[account]))
            if lots > room:
                return {order_id: done[order_id] + room}
        moved[account] += sign(side) * lots
        done[order_id] += lots
    return None
