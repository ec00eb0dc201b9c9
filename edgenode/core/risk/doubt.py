"""The worse end of what is disputed or counted, for each sum that a limit is held against.

What is told here is what may be true beside what is booked: 0 where nothing is in doubt. The lots
of an account are in its exposure already (core/state/exposure).
"""

from edgenode.core.seen import Seen
from edgenode.core.state import doubts, fx
from edgenode.core.state.doubts import NO_DOUBT, SumKey
from edgenode.core.state.execution import Span
from edgenode.core.state.grants import Taken
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.reservations import OF_COST
from edgenode.core.state.unwind import closing_cash, closing_cost, dearest_fee_ppm
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Policy
from edgenode.model.ids import (
    DESK_OVERLAY,
    AccountId,
    EventId,
    InstrumentId,
    VenueId,
    is_customer,
)

PAID = frozenset({"cash", "unwind_cash_use"})  # what a buy reserves for its outlay
SPENT = OF_COST - {"unwind"}  # what an execution itself costs


def any_of(state: NodeState) -> bool:
    """Return whether anything is in doubt."""
    return bool(state.fills.sums or state.orders.counted)


def lots_at(
    state: NodeState, account: AccountId, venue: VenueId, instrument: InstrumentId
) -> Span:
    """Return how far an account's lots at a venue may lie from the booked ones."""
    if not any_of(state):
        return NO_DOUBT
    low, high = _sum(state, doubts.lots_at(account, venue, instrument))
    for one in doubts.missing(state.orders):
        if (one.of.account, one.of.venue, one.of.instrument) == (account, venue, instrument):
            low, high = low + one.span[0], high + one.span[1]
    return low, high


def lots_of(
    state: NodeState, event_id: EventId, account: AccountId, instrument: InstrumentId
) -> Span:
    """Return how far an account's lots of a micro-event may lie from the booked ones."""
    low, high = _sum(state, doubts.lots_of(event_id, account, instrument))
    for one in doubts.missing(state.orders):
        if (one.of.event_id, one.of.account, one.of.instrument) == (event_id, account, instrument):
            low, high = low + one.span[0], high + one.span[1]
    return low, high


def used(state: NodeState, seen: Seen, policy: Policy, kind: str, now_ns: int) -> int:
    """Return what may be used of the cost or cash grants, and is not booked."""
    if not any_of(state):
        return 0
    of_executions = _cash(state)[1] if kind == "cash" else _cost(state, None)
    return of_executions + _unwind(state, seen, policy, kind, now_ns)


def spent(state: NodeState, seen: Seen, policy: Policy, event_id: EventId, now_ns: int) -> int:
    """Return what may be used of a micro-event's cap, and is not booked."""
    if not any_of(state):
        return 0
    return _cost(state, event_id) + _unwind(state, seen, policy, "cost", now_ns)


def claimable(state: NodeState, unit: str, now_ns: int) -> list[Taken]:
    """Return what live cash grants have certainly spent that no open sale is to bring back yet."""
    rows = state.grants.claimable(unit, now_ns)
    unsure = -_cash(state)[0] if any_of(state) else 0
    for number, (grant_id, amount) in enumerate(rows):
        part = min(amount, unsure)
        unsure -= part
        rows[number] = (grant_id, amount - part)
    return rows


def _cash(state: NodeState) -> Span:
    """Return how far the use of cash grants may lie from what is booked."""
    low, high = _sum(state, doubts.CASH)
    for one in doubts.missing(state.orders):
        if one.of.side == "buy" and not is_customer(one.of.account):
            high += one.takes(PAID)
    return low, high


def _cost(state: NodeState, event_id: EventId | None) -> int:
    """Return the cost that one micro-event, or (None) all may have, and that is not booked."""
    found = 0
    for key, (_, high) in state.fills.sums.items():
        if key[0] == doubts.COST and event_id in {None, key[1]}:
            found += high
    for one in doubts.missing(state.orders):
        if event_id in {None, one.of.event_id}:
            found += one.takes(SPENT)
    return found


def _unwind(state: NodeState, seen: Seen, policy: Policy, kind: str, now_ns: int) -> int:
    """Return what must be kept for closing the overlay's lots in doubt, should they be true."""
    found = 0
    for name, instrument in state.rules.instruments.items():
        low, high = state.in_doubt(DESK_OVERLAY, name)
        reference = seen.reference(policy, name, now_ns) if low or high else None
        rate = fx.rate(state.rules, policy, instrument.quote, now_ns)
        if reference is None or rate is None:
            continue
        rule = closing_cost if kind == "cost" else closing_cash
        held, fee_ppm = state.positions.net(DESK_OVERLAY, name), dearest_fee_ppm(policy)
        long, short = max(0, held + high) - max(0, held), min(0, held + low) - min(0, held)
        kept = [rule(policy, instrument, reference.ticks, n, fee_ppm) for n in (long, short) if n]
        found += rate.up(max(kept, default=0))
    return found


def free(state: NodeState, key: BalanceKey) -> int:
    """Return what a new order may hold back of a balance."""
    return state.wallet.free(key) - gone(state, key)


def free_lots(state: NodeState, key: BalanceKey, base: BalanceKey, lot_minor: int) -> int:
    """Return the lots that a new sale may hold back."""
    lots = state.wallet.free_lots(key, base, lot_minor, gone(state, base))
    return lots - gone(state, key)


def gone(state: NodeState, key: BalanceKey) -> int:
    """Return what may have left a balance, and is not booked."""
    if not any_of(state):
        return 0
    account, venue, asset = key
    found = _sum(state, doubts.fees_at(account, venue, asset))[1]
    found -= lots_at(state, account, venue, InstrumentId(asset))[0]
    for instrument in state.rules.instruments.values():
        if instrument.quote == asset:
            low, _ = _sum(state, doubts.money_at(account, venue, instrument.id))
            found -= low * instrument.tick_lot_minor
    for one in doubts.missing(state.orders):
        of = one.of
        if (of.account, of.venue) == (account, venue) and of.pays_in(asset):
            found += one.takes({"funds"})
    return found


def _sum(state: NodeState, key: SumKey) -> Span:
    return state.fills.sums.get(key, NO_DOUBT)
