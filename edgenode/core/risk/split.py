"""Live P&L in its parts: by micro-event, venue, account of the desk, instrument and currency.

The same measure as the whole (core/risk/pnl): cash that flowed plus what is held, marked at the
reference, fees counted. Each part is rounded down by itself, so the parts may come to less than
the whole, by at most one smallest unit a part and fee. Customers' accounts are no part of it.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from edgenode.core.seen import Seen
from edgenode.core.state.costs import base_in_quote, priced
from edgenode.core.state.fx import rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.positions import PositionKey, Totals
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import is_customer
from edgenode.model.money import Money

DIMENSIONS: dict[str, Callable[[PositionKey], str]] = {
    "event": lambda key: key.event_id,
    "venue": lambda key: key.venue,
    "desk": lambda key: key.account,
    "instrument": lambda key: key.instrument,
}


class Part(NamedTuple):
    """What one position made, in the policy's currency and in the quote's own.

    None without a fresh price, or rate: it cannot be told.
    """

    key: PositionKey
    quote: str
    pnl_minor: int | None
    quote_minor: int | None  # fees that were taken in other currencies are no part of it


def parts(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> Iterator[Part]:
    """Yield each position of the desk with what it made; O(positions)."""
    for key, totals in sorted(state.positions.totals.items()):
        if not is_customer(key.account):
            yield _part(state, seen, policy, key, totals, now_ns)


def sums(found: list[Part], name_of: Callable[[PositionKey], str]) -> dict[str, int | None]:
    """Return the sum by name; None where a part of it cannot be told."""
    totals: dict[str, int | None] = {}
    for part in found:
        name = name_of(part.key)
        before = totals.get(name, 0)
        unknown = before is None or part.pnl_minor is None
        totals[name] = None if unknown else (before or 0) + (part.pnl_minor or 0)
    return totals


def by_currency(found: list[Part]) -> dict[str, int | None]:
    """Return what was made in each quote currency, in its own smallest unit."""
    totals: dict[str, int | None] = {}
    for part in found:
        before = totals.get(part.quote, 0)
        unknown = before is None or part.quote_minor is None
        totals[part.quote] = None if unknown else (before or 0) + (part.quote_minor or 0)
    return totals


def _part(
    state: NodeState, seen: Seen, policy: Policy, key: PositionKey, totals: Totals, now_ns: int
) -> Part:
    instrument = state.rules.instruments[key.instrument]
    reference = seen.reference(policy, key.instrument, now_ns)
    fx = rate(state.rules, policy, instrument.quote, now_ns)
    made = _made(state, instrument, totals, reference.ticks if reference else None)
    if made is None or fx is None:
        return Part(key, instrument.quote, None, made)
    fees = 0
    for currency, amount_minor in totals.other_fees.items():
        if currency != instrument.base:
            fees += priced(state.rules, policy, Money(amount_minor, currency), now_ns)[0]
    return Part(key, instrument.quote, fx.down(made) - fees, made)


def _made(
    state: NodeState, instrument: Instrument, totals: Totals, mark_ticks: int | None
) -> int | None:
    """Return cash plus what is held at its mark, in the quote; None without a mark it needs."""
    paid = totals.other_fees.get(instrument.base, 0)
    if not totals.traded_lots and not paid:
        return totals.cash_minor
    if mark_ticks is None:
        return None
    taken = base_in_quote(state.rules, instrument, paid, mark_ticks) if paid else 0
    return totals.cash_minor + instrument.notional_minor(mark_ticks, totals.traded_lots) - taken
