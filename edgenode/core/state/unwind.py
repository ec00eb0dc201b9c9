"""The unwind reserve follows the lots that a hedge holds.

    held lots      reserve kept for closing them, drawn by open orders included
    -------------  -----------------------------------------------------------------------
    grow           what the order had reserved moves here with each fill; what is missing by
                   the rule (a late fill, a closing fill taken back) comes from live grants
    shrink         the same share per lot stays, the rest is given back
    change sign    by the rule for the new lots, the rest is given back
    none           all of it is given back

The rule: closing costs at worst the dearest venue's fee, and the policy's collar away from the
reference that the gate saw. An order reserves that when it opens: an unwind is never unfunded.
"""

from typing import NamedTuple

from edgenode.core.state import fx
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.programmes import ProgrammeKey
from edgenode.model.facts import FillRecorded, Instrument, Policy
from edgenode.model.ids import DESK_OVERLAY, InstrumentId
from edgenode.model.money import div_up

PPM = 1_000_000


class Kept(NamedTuple):
    """Signed lots that a programme holds, and the reserve for closing them."""

    lots: int
    reserve: int


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


def kept(state: NodeState, instrument: InstrumentId) -> Kept:
    """Return what the overlay holds of an instrument, and its reserve."""
    key = ProgrammeKey(DESK_OVERLAY, instrument)
    children = state.programmes.of(instrument).children
    reserve = state.reservations.kept_for(key) + state.reservations.drawn(children)
    return Kept(state.positions.net(DESK_OVERLAY, instrument), reserve)


def follow(state: NodeState, fact: FillRecorded, before: Kept) -> None:
    """Let the reserve follow the lots, once an execution was booked or taken back."""
    now = kept(state, fact.instrument)
    key = ProgrammeKey(fact.account, fact.instrument)
    crossed = before.lots * now.lots < 0
    grown = abs(now.lots) - (0 if crossed else abs(before.lots))
    if not now.lots or grown < 0:
        shrunk(state, fact.instrument, before)
    elif crossed:
        by_rule = _by_rule(state, fact, now.lots, grown)
        _limit(state, key, now, by_rule)
        _top_up(state, key, fact, by_rule - now.reserve)
    elif grown:
        by_rule = _by_rule(state, fact, now.lots, grown)
        _top_up(state, key, fact, by_rule - (now.reserve - before.reserve))


def shrunk(state: NodeState, instrument: InstrumentId, before: Kept) -> None:
    """Release the reserve of lots that are no longer held."""
    now = kept(state, instrument)
    key = ProgrammeKey(DESK_OVERLAY, instrument)
    if not now.lots:
        state.escrow.trim(key, 0)
    elif abs(now.lots) < abs(before.lots):
        _limit(state, key, now, div_up(before.reserve * abs(now.lots), abs(before.lots)))


def _by_rule(state: NodeState, fact: FillRecorded, held: int, lots: int) -> int:
    """Return the reserve for some of the held lots, in the policy's currency."""
    policy = state.rules.policy
    if policy is None:
        return 0
    order = state.orders.orders.get(fact.order_id)
    seen = order.gated.saw.reference_ticks if order else None
    reference = fact.price_ticks if seen is None else seen
    instrument = state.rules.instruments[fact.instrument]
    signed = lots if held > 0 else -lots
    cost = closing_cost(policy, instrument, reference, signed, dearest_fee_ppm(policy))
    if fact.fx is None:
        return cost
    return fx.named(state.rules, fact.fx, instrument.quote, policy.currency).up(cost)


def _limit(state: NodeState, key: ProgrammeKey, now: Kept, most: int) -> None:
    """Release what is kept beyond `most`; what open orders have drawn stays theirs."""
    drawn = now.reserve - state.reservations.kept_for(key)
    state.escrow.trim(key, max(0, most - drawn))


def _top_up(state: NodeState, key: ProgrammeKey, fact: FillRecorded, amount: int) -> None:
    policy = state.rules.policy
    if policy is not None and amount > 0:
        state.escrow.top_up(key, fact.event_id, policy.currency, amount)
