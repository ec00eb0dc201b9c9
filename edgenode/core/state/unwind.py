"""The unwind reserve follows the lots that a hedge holds: cost, and cash to buy a short one back.

    held lots      reserve kept for closing them, drawn by open orders included
    -------------  -----------------------------------------------------------------------
    grow           what the order had reserved moves here with each fill; what is missing by
                   the rule (a late fill, a closing fill taken back) comes from grants, and
                   stands beyond them if they have no room
    shrink         the same share per lot stays, the rest is given back; where a decision moved a
                   closing fill to an order that had drawn more, what is missing of it by the rule
                   comes from grants, if they have room
    change sign    by the rule for the new lots, the rest is given back
    none           all of it is given back; and of a long all cash
    lack some      by the rule, once policy, grants and a price are there (carried-in books)

The rule: closing costs at worst the dearest venue's fee, and the policy's collar away from the
reference that the gate saw; buying a short back takes the whole price, there and with that fee. An
order reserves both when it opens: an unwind is never unfunded. The cash is first what the sale
itself brings back of outlay; only by how much the price may run away, some of it may be missing.
"""

from typing import NamedTuple

from edgenode.core.state import fx
from edgenode.core.state.costs import quote_rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.programmes import ProgrammeKey
from edgenode.model.facts import FillRecorded, Instrument, Policy
from edgenode.model.ids import DESK_OVERLAY, NO_EVENT, EventId, InstrumentId
from edgenode.model.money import div_up

KINDS = ("cost", "cash")
PPM = 1_000_000


class UnwindReserve(NamedTuple):
    """Signed lots that a programme holds, and the reserve for closing them."""

    lots: int
    cost: int
    cash: int

    def of(self, kind: str) -> int:
        """Return the reserve of a kind."""
        return self.cost if kind == "cost" else self.cash


def dearest_fee_ppm(policy: Policy) -> int:
    """Return the fee of the dearest venue at which a hedge may be closed."""
    return max([venue.fee_ppm for venue in policy.overlay_venues], default=0)


def closing_cost(
    policy: Policy, instrument: Instrument, reference_ticks: int, signed_lots: int, fee_ppm: int
) -> int:
    """Return the most that closing `signed_lots` may cost, in the instrument's currency."""
    distance = -(-reference_ticks * policy.collar_ppm // PPM)
    away = -distance if signed_lots > 0 else distance  # a long position is sold
    each = max(1, reference_ticks + away) * instrument.tick_lot_minor
    fee = -(-each * fee_ppm // PPM)
    return abs(signed_lots) * (fee + distance * instrument.tick_lot_minor)  # so parts add up


def closing_cash(
    policy: Policy, instrument: Instrument, reference_ticks: int, signed_lots: int, fee_ppm: int
) -> int:
    """Return the most that buying back `signed_lots` takes; nothing of a long position."""
    if signed_lots >= 0:
        return 0
    highest = reference_ticks - (-reference_ticks * policy.collar_ppm // PPM)
    each = highest * instrument.tick_lot_minor
    return -signed_lots * (each - (-each * fee_ppm // PPM))


def kept(state: NodeState, instrument: InstrumentId) -> UnwindReserve:
    """Return what the overlay holds of an instrument, and its reserve."""
    key = ProgrammeKey(DESK_OVERLAY, instrument)
    children, held = state.programmes.of(instrument).children, state.reservations
    cost, cash = (held.kept_for(key, kind) + held.drawn(children, kind) for kind in KINDS)
    return UnwindReserve(state.positions.net(DESK_OVERLAY, instrument), cost, cash)


def follow(state: NodeState, fact: FillRecorded, before: UnwindReserve, *, act: bool) -> None:
    """Let the reserve follow the lots, once an execution was booked or taken back.

    `act` tells that a venue did what no open order of ours had reserved for. An order that an
    older ledger left open has nothing of the grants that are known here.
    """
    order = state.orders.orders.get(fact.order_id)
    if order is not None and not any(row.grant for row in order.gated.reserved):
        act = True
    seen = order.gated.saw.reference_ticks if order else None
    ticks = fact.price_ticks if seen is None else seen
    grown(state, fact.instrument, before, ticks, fact.event_id, fact.fx, act=act)


def grown(  # noqa: PLR0913  what a reserve follows
    state: NodeState,
    instrument: InstrumentId,
    before: UnwindReserve,
    reference_ticks: int,
    event_id: EventId,
    at_fx: str | None,
    *,
    act: bool,
) -> None:
    """Keep the reserve of lots that are held now, at a reference and a named rate."""
    now = kept(state, instrument)
    policy = state.rules.policy
    same, crossed = before.lots * now.lots > 0, before.lots * now.lots < 0
    if same and abs(now.lots) <= abs(before.lots):
        _shrunk(state, instrument, before, reference_ticks, event_id, at_fx)
    elif now.lots and reference_ticks and policy is not None:
        key, added = (
            ProgrammeKey(DESK_OVERLAY, instrument),
            now.lots - (before.lots if same else 0),
        )
        for kind in KINDS:
            by_rule = _by_rule(state, instrument, kind, added, reference_ticks, at_fx)
            if crossed:
                _limit(state, key, kind, now, by_rule)
            missing = by_rule + (before.of(kind) if same else 0) - now.of(kind)
            if missing > 0:
                state.escrow.top_up(key, kind, event_id, policy.currency, missing, act=act)
    freed(state, instrument)


def freed(state: NodeState, instrument: InstrumentId) -> None:
    """Release what nothing can need: all of it where no lots are held, all cash of a long."""
    lots, key = (
        state.positions.net(DESK_OVERLAY, instrument),
        ProgrammeKey(DESK_OVERLAY, instrument),
    )
    if lots >= 0:
        state.escrow.trim(key, "cash", 0)
    if not lots:
        state.escrow.trim(key, "cost", 0)


def fund(state: NodeState) -> None:
    """Complete the reserve of lots that lack some by the rule, as far as live grants have room.

    They were carried in when policy, price or enough of grants were missing. They count at the
    price at which the overlay traded on average.
    """
    policy = state.rules.policy
    for name, instrument in state.rules.instruments.items() if policy else ():
        lots = state.positions.net(DESK_OVERLAY, name)
        ticks = state.positions.average_ticks(DESK_OVERLAY, instrument) if lots else 0
        if not ticks:
            continue
        now = kept(state, name)
        at = quote_rate(state.rules, instrument.quote, None, state.limits.newest_ns).source
        for kind in KINDS:
            missing = _by_rule(state, name, kind, lots, ticks, at or None) - now.of(kind)
            if missing > 0 and policy:
                key = ProgrammeKey(DESK_OVERLAY, name)
                state.escrow.top_up(key, kind, NO_EVENT, policy.currency, missing, act=False)


def _shrunk(
    state: NodeState,
    instrument: InstrumentId,
    before: UnwindReserve,
    reference_ticks: int,
    event_id: EventId,
    at_fx: str | None,
) -> None:
    """Keep the same share per lot, completed by the rule as far as live grants have room."""
    now, policy = kept(state, instrument), state.rules.policy
    key = ProgrammeKey(DESK_OVERLAY, instrument)
    for kind in KINDS:
        share = before.of(kind) * abs(now.lots)
        _limit(state, key, kind, now, div_up(share, abs(before.lots)))
        least = share // abs(before.lots)
        if policy is not None and now.of(kind) < least:
            by_rule = _by_rule(state, instrument, kind, now.lots, reference_ticks, at_fx)
            missing = max(0, min(least, by_rule) - now.of(kind))
            state.escrow.top_up(key, kind, event_id, policy.currency, missing, act=False)


def _by_rule(
    state: NodeState,
    name: InstrumentId,
    kind: str,
    signed: int,
    reference_ticks: int,
    at_fx: str | None,
) -> int:
    """Return the reserve of a kind for some of the held lots, in the policy's currency."""
    policy = state.rules.policy
    if policy is None:
        return 0
    instrument = state.rules.instruments[name]
    rule = closing_cost if kind == "cost" else closing_cash
    amount = rule(policy, instrument, reference_ticks, signed, dearest_fee_ppm(policy))
    if at_fx is None:
        return amount
    return fx.named(state.rules, at_fx, instrument.quote, policy.currency).up(amount)


def _limit(state: NodeState, key: ProgrammeKey, kind: str, now: UnwindReserve, most: int) -> None:
    """Release what is kept beyond `most`; what open orders have drawn stays theirs."""
    drawn = now.of(kind) - state.reservations.kept_for(key, kind)
    state.escrow.trim(key, kind, max(0, most - drawn))
