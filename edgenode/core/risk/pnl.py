"""Live profit and loss: cash that flowed plus what is held, marked at a reference price.

Opening inventory is excluded: only what was traded since counts. Not liquidated: open lots are
marked at the reference, not at what closing them would cost.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from edgenode.core.seen import Seen
from edgenode.core.state import outcomes
from edgenode.core.state.costs import UNLISTED, base_in_quote, priced
from edgenode.core.state.fx import rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.positions import NOTHING_HELD
from edgenode.model.facts import FillRecorded, Policy
from edgenode.model.ids import EventId, InstrumentId, is_customer
from edgenode.model.money import Money
from edgenode.model.orders import sign

MONEY_END = 1 << 200


class Pnl(NamedTuple):
    """In minor units of the instrument's quote currency.

    Fees that were taken in other currencies are no part of `cash_minor`: those in the base asset
    lessen what is marked, the others count in `total` alone.
    """

    cash_minor: int
    open_lots: int
    marked_minor: int | None  # None: no reference price

    @property
    def total_minor(self) -> int | None:
        """Return cash plus marked position."""
        return None if self.marked_minor is None else self.cash_minor + self.marked_minor


def pnl(
    state: NodeState,
    instrument_id: InstrumentId,
    mark_ticks: int | None,
    event_id: EventId | None = None,
) -> Pnl:
    """Return the desk's P&L in one instrument, of one micro-event or (None) of all; O(1)."""
    held = state.positions.desk(event_id, instrument_id)
    instrument = state.rules.instruments[instrument_id]
    marked = None
    if mark_ticks is not None:
        paid = state.positions.desk_fees(event_id, instrument_id).get(instrument.base, 0)
        taken = base_in_quote(state.rules, instrument, paid, mark_ticks) if paid else 0
        marked = instrument.notional_minor(mark_ticks, held.lots + held.fee_lots) - taken
    return Pnl(held.cash_minor, held.lots, marked)


def total(
    state: NodeState, seen: Seen, policy: Policy, event_id: EventId | None, now_ns: int
) -> int | None:
    """Return the desk's P&L over all instruments in the policy's currency, seen at its worse side.

    None if something is held that has no fresh price or rate, or one that makes more of it than
    can be: a loss cannot be excluded. A fee that nothing prices counts as it did in cost.
    """
    whole, paid = 0, dict[str, int]()
    for name, held in state.positions.desk_holdings(event_id).items():
        fees = state.positions.desk_fees(event_id, name)
        if not fees and held == NOTHING_HELD:
            continue
        instrument = state.rules.instruments[name]
        reference = seen.reference(policy, name, now_ns)
        fx = rate(state.rules, policy, instrument.quote, now_ns)
        found = pnl(state, name, reference.ticks if reference else None, event_id)
        if fx is None or found.total_minor is None:
            return None
        whole += fx.down(found.total_minor)
        for currency, amount in fees.items():
            if currency != instrument.base:
                paid[currency] = paid.get(currency, 0) + amount
    for currency, amount in paid.items():
        whole -= _fees(state, policy, event_id, Money(amount, currency), now_ns)
    return whole if abs(whole) < MONEY_END else None


def at_worst(
    state: NodeState, seen: Seen, policy: Policy, event_id: EventId | None, now_ns: int
) -> int | None:
    """Return the same P&L with what is disputed at its worse end; O(what is disputed)."""
    whole = total(state, seen, policy, event_id, now_ns)
    for execution in state.fills.in_doubt():
        if whole is None or not all(
            seen.reference(policy, one.instrument, now_ns)
            and rate(state.rules, policy, state.rules.instruments[one.instrument].quote, now_ns)
            for one in execution.versions
        ):
            return None
        worth = partial(_worth, state, seen, policy, event_id, now_ns)
        whole += outcomes.spread(execution, worth).get(event_id, (0, 0))[0]
    return whole


def _worth(
    state: NodeState,
    seen: Seen,
    policy: Policy,
    event_id: EventId | None,
    now_ns: int,
    fill: FillRecorded,
) -> Iterator[tuple[EventId | None, int]]:
    """Yield what an execution adds to the P&L."""
    instrument = state.rules.instruments[fill.instrument]
    reference = seen.reference(policy, fill.instrument, now_ns)
    fx = rate(state.rules, policy, instrument.quote, now_ns)
    if is_customer(fill.account) or event_id not in {None, fill.event_id}:
        return
    assert reference is not None, "as it was looked for"
    assert fx is not None, "as it was looked for"
    away = sign(fill.side) * (reference.ticks - fill.price_ticks)
    yield (
        event_id,
        fx.down(instrument.notional_minor(away, fill.quantity_lots))
        - max(0, fill.fee_counted_minor),
    )


def _fees(
    state: NodeState, policy: Policy, event_id: EventId | None, paid: Money, now_ns: int
) -> int:
    """Return what all fees in a currency count as; without any rate, as each was counted."""
    counted, at = priced(state.rules, policy, paid, now_ns)
    if at != UNLISTED or paid.amount_minor <= 0:
        return counted
    return max(counted, state.limits.counted_unpriced(event_id, paid.currency))
