"""The worst case of an order: what must be held before anyone hears of it.

Cost of a desk order = fees, rounded up, + adverse distance of its limit from the reference x lots,
never negative. An order that opens a hedge also reserves what its unwind may cost
(core/state/unwind); the lots that close draw on that, whatever micro-event opened them, and are
never denied for cost while any of it is left. Cash = notional at the limit + fees.
"""

from typing import NamedTuple

from edgenode.core.gate.check import Check
from edgenode.core.state.fx import Rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.programmes import ProgrammeKey
from edgenode.core.state.unwind import closing_cost
from edgenode.model.facts import Instrument, Policy, Reserved
from edgenode.model.ids import DESK_OVERLAY, GrantId
from edgenode.model.orders import OrderIntent, sign

PPM = 1_000_000


class Need(NamedTuple):
    """What an order needs: of its own balance, and in the policy's currency of grants.

    `held` is in the balance's asset. `cost` and `unwind` come from the same grants; `drawn` are
    rows of the room kept for closing, and are no part of them. `spared` is the part of `cost` that
    may be missing: the rest of an unwind that has its reserve.
    """

    held: int
    cost: int = 0
    unwind: int = 0
    cash: int = 0
    drawn: tuple[Reserved, ...] = ()
    spared: int = 0


def need_of(
    check: Check, policy: Policy, instrument: Instrument, price_ticks: int, rate: Rate
) -> Need:
    """Return what an order needs."""
    intent, reference, terms, lots = check.intent, check.reference, check.terms, check.open_lots
    lots_minor = lots * instrument.tick_lot_minor
    notional = price_ticks * lots_minor
    fees = -(-notional * terms.fee_ppm // PPM)
    buys = intent.side == "buy"
    held = notional + fees if buys else lots
    if terms.is_customer or reference is None:
        return Need(held)
    adverse = terms.sign * (price_ticks - reference.ticks)
    worst = fees + adverse * lots_minor if adverse > 0 else fees
    if not buys:  # at a higher price than its limit only the fee is higher
        worst = max(worst, -(-check.worst * lots_minor * terms.fee_ppm // PPM))
    cost = rate.up(worst)
    cash = rate.up(held) if buys else 0
    if intent.account != DESK_OVERLAY:
        return Need(held, cost, 0, cash)
    opening = opening_lots(check.state, intent)
    signed, fee_ppm = terms.sign * opening, terms.closing_fee_ppm
    unwind = rate.up(closing_cost(policy, instrument, reference.ticks, signed, fee_ppm))
    if not check.state.reservations.kept:
        return Need(held, cost, unwind, cash)
    closes = -(-cost * (lots - opening) // lots)
    key = ProgrammeKey(intent.account, intent.instrument)
    drawn = draw(check.state, key, closes, policy.currency)
    covered = sum(row.amount for row in drawn)
    return Need(held, cost - covered, unwind, cash, drawn, closes - covered if drawn else 0)


def opening_lots(state: NodeState, intent: OrderIntent) -> int:
    """Return how many of a hedge's lots would open rather than close, if all others execute."""
    held = sign(intent.side) * state.positions.net(DESK_OVERLAY, intent.instrument)
    others = state.orders.open_lots(DESK_OVERLAY, intent.instrument, intent.side)
    return min(intent.quantity_lots, max(0, held + others + intent.quantity_lots))


def draw(state: NodeState, key: ProgrammeKey, cost: int, unit: str) -> tuple[Reserved, ...]:
    """Take up to `cost` out of the room kept for closing."""
    rows = state.reservations.kept.get(key)
    if rows is None:
        return ()
    taken: dict[GrantId, int] = {}
    for kept in rows:
        part = min(cost, kept.amount) if kept.unit == unit else 0
        if part > 0:
            taken[kept.grant] = taken.get(kept.grant, 0) + part
            cost -= part
    return tuple(
        Reserved(grant=grant, kind="unwind_use", amount=amount, unit=unit)
        for grant, amount in taken.items()
    )
