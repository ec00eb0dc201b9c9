"""What a decision is worth, in the policy's currency: above its amount two persons decide.

    of an execution      the larger of what it moves in or out of the books, or to another account,
                         and of how far apart lie what is booked, what it books, and what any
                         content alone or (of several executions) all would book
    of an order's rest   the lots that count no more, at the order's price
    of what stands       all that could be otherwise: the execution, the excess

Without a rate, or where evidence has left the state or was lost by a restore, there is no amount:
two persons decide.
"""

from collections.abc import Iterable

from edgenode.core.state import fx
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import FillRecorded, Instrument
from edgenode.model.ids import OrderId
from edgenode.model.orders import sign

Booked = tuple[FillRecorded, ...]
FEES = "fees"  # of every currency, as they count in the policy's


def of_execution(
    state: NodeState,
    before: Booked,
    after: Booked,
    told: Booked,
    now_ns: int,
    *,
    several: bool,
) -> int | None:
    """Return what a decision counts as that books `after` for `before`, of all that was told.

    `several`: it was told of several executions, so all of it may be true at once.
    """
    alone: list[Booked] = [(version,) for version in told]
    together = [told] if several else []
    apart = _apart(state, [before, after, *alone, *together], now_ns)
    moved = of_booked(state, _moved(before, after), now_ns)
    return None if apart is None or moved is None else max(apart, moved)


def of_booked(state: NodeState, fills: Iterable[FillRecorded], now_ns: int) -> int | None:
    """Return what executions are worth together, whatever their sides."""
    total = 0
    for fill in fills:
        value = _value(state, fill, now_ns)
        if value is None:
            return None
        total += abs(value) + abs(fill.fee_counted_minor)
    return total


def of_rest(state: NodeState, order_id: OrderId, lots: int, now_ns: int) -> int | None:
    """Return what some lots of an order are worth at its price; None if it has left the state."""
    order = state.orders.orders.get(order_id)
    if order is None:
        return None
    instrument = state.rules.instruments[order.gated.instrument]
    return worth(state, instrument, abs(lots), order.gated.price_ticks, now_ns)


def worth(
    state: NodeState, instrument: Instrument, lots: int, ticks: int, now_ns: int
) -> int | None:
    """Return what lots are worth at a price; None without a rate."""
    policy = state.rules.policy
    rate = fx.rate(state.rules, policy, instrument.quote, now_ns) if policy else None
    return rate.up(instrument.notional_minor(ticks, lots)) if rate else None


def _value(state: NodeState, fill: FillRecorded, now_ns: int) -> int | None:
    instrument = state.rules.instruments[fill.instrument]
    found = worth(state, instrument, fill.quantity_lots, fill.price_ticks, now_ns)
    return None if found is None else sign(fill.side) * found


def _apart(state: NodeState, bookings: list[Booked], now_ns: int) -> int | None:
    """Return how far apart some bookings lie: by instrument, and in fees."""
    sums: list[dict[str, int]] = []
    for booked in bookings:
        sums.append({})
        for fill in booked:
            value = _value(state, fill, now_ns)
            if value is None:
                return None
            for key, amount in ((fill.instrument, value), (FEES, fill.fee_counted_minor)):
                sums[-1][key] = sums[-1].get(key, 0) + amount
    keys = {key for one in sums for key in one}
    each = ([one.get(key, 0) for one in sums] for key in keys)
    return sum(max(amounts) - min(amounts) for amounts in each)


def _moved(before: Booked, after: Booked) -> Booked:
    """Return the contents that are booked by one alone, or by each in another account."""
    was = {fill.content_hash: fill for fill in before}
    now = {fill.content_hash: fill for fill in after}
    names = dict.fromkeys((*was, *now))
    return tuple(
        now.get(name) or was[name]
        for name in names
        if name not in was or name not in now or was[name].account != now[name].account
    )
