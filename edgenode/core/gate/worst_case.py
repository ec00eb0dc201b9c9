"""The worst case of an order: what must be held before anyone hears of it.

Cost of a desk order = fees, rounded up, + adverse distance of its limit from the reference x lots,
never negative. An order that opens a hedge also reserves what its unwind may cost, and one that
opens a short the cash to buy it back (core/state/unwind); the lots that close draw on that,
whatever micro-event opened them, and are never denied for either while any of it is left, or an
unexpired grant is held. Cash = notional at the limit + fees.
"""

from typing import NamedTuple

from edgenode.core.gate.check import Check
from edgenode.core.state.fx import Rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.programmes import ProgrammeKey
from edgenode.core.state.reservations import DRAWN
from edgenode.core.state.unwind import closing_cash, closing_cost
from edgenode.model.facts import Instrument, Policy, Reserved
from edgenode.model.ids import DESK_OVERLAY, GrantId
from edgenode.model.money import div_up
from edgenode.model.orders import OrderIntent, sign

PPM = 1_000_000


class Need(NamedTuple):
    """What an order needs: of its own balance, and in the policy's currency of grants.

    `held` is in the balance's asset. `cost` and `unwind` come from the same grants, and so do
    `cash` of a buy and `unwind_cash` of a sell; `drawn` are rows of the room kept for closing, and
    are no part of them. `spared` is the part of `cost` that may be missing, and `spared_cash` of
    `cash`: the rest of an unwind that has its reserve. `proceeds` are what a sale that opens
    brings at least; of `unwind_cash`, what exceeds them may be missing.
    """

    held: int
    cost: int = 0
    unwind: int = 0
    cash: int = 0
    drawn: tuple[Reserved, ...] = ()
    spared: int = 0
    unwind_cash: int = 0
    proceeds: int = 0
    spared_cash: int = 0


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
    back = brings = 0
    if opening and not buys:
        back = rate.up(closing_cash(policy, instrument, reference.ticks, signed, fee_ppm))
        least = instrument.notional_minor(price_ticks, opening)
        brings = max(0, rate.down(least - div_up(least * terms.fee_ppm, PPM)))
    closing = lots - opening
    if not closing:
        return Need(held, cost, unwind, cash, unwind_cash=back, proceeds=brings)
    drawn, cost, spared = _drawn(check, "unwind_use", cost, closing, policy.currency)
    by_cash, cash, spared_cash = _drawn(check, "unwind_cash_use", cash, closing, policy.currency)
    rows = (*drawn, *by_cash)
    return Need(held, cost, unwind, cash, rows, spared, back, brings, spared_cash)


def _drawn(
    check: Check, kind: str, amount: int, closing: int, unit: str
) -> tuple[tuple[Reserved, ...], int, int]:
    """Draw for the lots that close: the rows, what is needed besides, and what of it is spared."""
    closes = -(-amount * closing // check.open_lots)
    key = ProgrammeKey(check.intent.account, check.intent.instrument)
    rows = draw(check.state, key, kind, closes, unit)
    covered = sum(row.amount for row in rows)
    funded = rows or DRAWN[kind] in check.terms.live  # also lots that came in by no order of ours
    return rows, amount - covered, closes - covered if funded else 0


def opening_lots(state: NodeState, intent: OrderIntent) -> int:
    """Return how many of a hedge's lots would open rather than close, if all others execute."""
    held = sign(intent.side) * state.positions.net(DESK_OVERLAY, intent.instrument)
    others = state.orders.open_lots(DESK_OVERLAY, intent.instrument, intent.side)
    return min(intent.quantity_lots, max(0, held + others + intent.quantity_lots))


def draw(
    state: NodeState, key: ProgrammeKey, kind: str, most: int, unit: str
) -> tuple[Reserved, ...]:
    """Take up to `most` out of the room kept for closing, as rows of a kind."""
    rows = state.reservations.kept.get(key)
    if rows is None:
        return ()
    taken: dict[GrantId, int] = {}
    for kept in rows:
        part = min(most, kept.amount) if (kept.kind, kept.unit) == (DRAWN[kind], unit) else 0
        if part > 0:
            taken[kept.grant] = taken.get(kept.grant, 0) + part
            most -= part
    return tuple(
        Reserved(grant=grant, kind=kind, amount=amount, unit=unit)
        for grant, amount in taken.items()
    )
