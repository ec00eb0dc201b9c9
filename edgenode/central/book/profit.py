"""One row of profit and loss: cash by tier, fees in other currencies, and a marked total.

Cash is in the instrument's quote. Fees that were taken in other currencies are listed beside it,
and count in the total: those in the base asset at the mark, the others at the newest fresh rate
that the node was told. Without such a rate there is no total.
"""

from typing import Any

from edgenode.central.registry import CoreTotals
from edgenode.core.state import fx
from edgenode.core.state.costs import base_in_quote
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.positions import PositionKey, Totals
from edgenode.model import currencies
from edgenode.model.currencies import Currencies
from edgenode.model.facts import Instrument
from edgenode.model.ids import DESK_OVERLAY, is_customer
from edgenode.model.money import Money, format_decimal

Json = dict[str, Any]


def row(
    state: NodeState,
    instrument: Instrument,
    known: Currencies,
    totals: dict[PositionKey, Totals],
    core: CoreTotals,
    mark: int | None,
) -> Json:
    """Return the row of one instrument; `state` is the node's newest, whose rates count."""
    cash = {"book": 0, "overlay": 0, "core": core.cash_minor}
    desk = Totals()
    for key, held in totals.items():
        if key.instrument == instrument.id and not is_customer(key.account):
            cash["overlay" if key.account == DESK_OVERLAY else "book"] += held.cash_minor
            desk = desk.plus(held)
    lots, fees = desk.lots + core.lots, desk.other_fees
    found: Json = {"instrument": instrument.id, "currency": instrument.quote}
    for tier, amount in cash.items():
        found[f"{tier}_cash"] = currencies.amount(known, Money(amount, instrument.quote))
    found["other_fees"] = [
        currencies.as_json(known, Money(amount, code)) for code, amount in sorted(fees.items())
    ]
    found["open_quantity"] = format_decimal(lots, instrument.quantity_decimals)
    found["total"] = None
    paid = None if mark is None else _in_quote(state, instrument, fees, mark)
    if mark is not None and paid is not None:
        traded = desk.traded_lots + core.lots
        total = sum(cash.values()) + instrument.notional_minor(mark, traded) - paid
        found["total"] = currencies.amount(known, Money(total, instrument.quote))
    return found


def _in_quote(
    state: NodeState, instrument: Instrument, fees: dict[str, int], mark: int
) -> int | None:
    """Return fees in other currencies as the quote's, or None if one of them has no rate."""
    rules, whole = state.rules, 0
    for code, amount in fees.items():
        if code == instrument.base:
            whole += base_in_quote(rules, instrument, amount, mark)
            continue
        if rules.policy is None or code not in rules.currencies:
            return None
        now_ns = state.limits.newest_ns
        rate = fx.between(rules, rules.policy, code, instrument.quote, now_ns)
        if rate is None:
            return None
        whole += rate.up(amount)
    return whole
