"""The worst case of an order: what must be held before anyone hears of it.

Cost of a desk order = fees, rounded up, + adverse distance of its limit from the reference x lots,
never negative. An order that opens a hedge also reserves the same again for its unwind, so that an
unwind is never unfunded; one that closes draws on that first. Cash = notional at the limit + fees.
"""

from dataclasses import dataclass, replace

from edgenode.core.gate.check import Check
from edgenode.core.state.fx import Rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.reservations import UnwindKey
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import Instrument, Policy, Reserved
from edgenode.model.ids import DESK_OVERLAY, VenueId
from edgenode.model.money import div_up
from edgenode.model.orders import OrderIntent, Side, sign

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Need:
    """What an order needs.

    balances: (key, kind, amount) to hold; grants: (kind, row's kind, amount) to reserve; drawn:
    rows taken from the room kept for closing.
    """

    balances: tuple[tuple[BalanceKey, str, int], ...]
    grants: tuple[tuple[str, str, int], ...]
    drawn: tuple[Reserved, ...]


def need_of(
    check: Check, policy: Policy, instrument: Instrument, price_ticks: int, rate: Rate
) -> Need:
    """Give what an order needs: balances in their own asset, grants in the policy's currency."""
    intent, reference = check.intent, check.reference
    lots = check.open_lots
    notional = instrument.notional_minor(price_ticks, lots)
    fees = div_up(notional * fee_ppm(policy, intent.venue), PPM)
    buy = intent.side == "buy"
    cash = BalanceKey(intent.account, intent.venue, instrument.quote)
    if buy:
        balances = ((cash, "funds", notional + fees),)
    else:
        inventory = BalanceKey(intent.account, intent.venue, intent.instrument)
        balances = ((inventory, "inventory", lots),)
    if check.is_customer or reference is None:
        return Need(balances, (), ())
    cost = rate.up(
        fees + adverse_minor(instrument, intent.side, lots, price_ticks - reference.ticks)
    )
    outlay = ("cash", "cash", rate.up(notional + fees) if buy else 0)
    if intent.account != DESK_OVERLAY:
        return Need(balances, (("cost", "cost", cost), outlay), ())
    opening = opening_lots(check.state, intent)
    room = UnwindKey(check.event_id, intent.instrument)
    drawn = draw(check.state, room, cost if opening == 0 else 0, policy.currency)
    cost -= sum(row.amount for row in drawn)
    unwind = div_up(cost * opening, lots)
    return Need(balances, (("cost", "cost", cost), ("cost", "unwind", unwind), outlay), drawn)


def fee_ppm(policy: Policy, venue: VenueId) -> int:
    """Give a venue's taker fee; the local book takes none."""
    return next((v.fee_ppm for v in policy.overlay_venues if v.venue == venue), 0)


def adverse_minor(instrument: Instrument, side: Side, lots: int, distance_ticks: int) -> int:
    """Give how much worse than the reference a limit that far above it may execute."""
    return instrument.notional_minor(max(0, sign(side) * distance_ticks), lots)


def opening_lots(state: NodeState, intent: OrderIntent) -> int:
    """Give how many of a hedge's lots would open rather than close, if all others execute."""
    held = sign(intent.side) * state.positions.net(DESK_OVERLAY, intent.instrument)
    others = state.orders.open_lots(DESK_OVERLAY, intent.instrument, intent.side)
    return min(intent.quantity_lots, max(0, held + others + intent.quantity_lots))


def draw(state: NodeState, room: UnwindKey, cost: int, unit: str) -> tuple[Reserved, ...]:
    """Take up to `cost` out of the room kept for closing this micro-event's hedge."""
    if cost <= 0:
        return ()
    rows = []
    for row in state.reservations.kept.get(room, ()):
        take = min(cost, row.amount)
        if take and row.unit == unit:
            rows.append(replace(row, kind="unwind_use", amount=take))
            cost -= take
    return tuple(rows)
