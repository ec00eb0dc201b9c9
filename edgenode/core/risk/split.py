"""Live P&L in its parts: by micro-event, venue, account of the desk, instrument and currency.

The same measure as the whole (core/risk/pnl): cash that flowed plus what is held, marked at the
reference, fees counted. What the parts do not come to is a part of its own, `rest`, so every
dimension adds up to the whole: a smallest unit for each rounding, and fees that no rate prices,
for these are counted by all executions together. A micro-event is what its loss stop counts. In a
currency is what was made in it, less the fees that were taken in it. Customers' accounts are no
part of it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from edgenode.core.risk.pnl import total
from edgenode.core.seen import Seen
from edgenode.core.state.costs import base_in_quote, priced
from edgenode.core.state.fx import rate
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.positions import PositionKey, Totals
from edgenode.model.facts import Instrument, Policy
from edgenode.model.ids import is_customer
from edgenode.model.money import Money

REST = "rest"
DIMENSIONS: dict[str, Callable[[PositionKey], str]] = {
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
    quote_minor: int | None  # without what was taken in other currencies
    other_fees: Mapping[str, int]  # by currency, without the base


def parts(state: NodeState, seen: Seen, policy: Policy, now_ns: int) -> Iterator[Part]:
    """Yield each position of the desk with what it made; O(positions)."""
    for key, totals in sorted(state.positions.totals.items()):
        if not is_customer(key.account):
            yield _part(state, seen, policy, key, totals, now_ns)


def sums(
    found: list[Part], name_of: Callable[[PositionKey], str], whole: int | None
) -> dict[str, int | None]:
    """Return the sum by name; None where a part of it cannot be told."""
    return _whole(_added((name_of(part.key), part.pnl_minor) for part in found), whole)


def by_event(
    state: NodeState, seen: Seen, policy: Policy, whole: int | None, now_ns: int
) -> dict[str, int | None]:
    """Return what each micro-event made, as its loss stop counts it."""
    names = sorted(
        {key.event_id for key in state.positions.totals if not is_customer(key.account)}
    )
    return _whole({name: total(state, seen, policy, name, now_ns) for name in names}, whole)


def by_currency(found: list[Part]) -> dict[str, int | None]:
    """Return what was made in each currency, in its own smallest unit."""
    made = [(part.quote, part.quote_minor) for part in found]
    paid = [(unit, -fee) for part in found for unit, fee in part.other_fees.items()]
    return _added([*made, *paid])


def _added(found: Iterable[tuple[str, int | None]]) -> dict[str, int | None]:
    totals: dict[str, int | None] = {}
    for name, made in found:
        before = totals.get(name, 0)
        totals[name] = None if before is None or made is None else before + made
    return totals


def _whole(found: Mapping[str, int | None], whole: int | None) -> dict[str, int | None]:
    """Return parts with their rest; without one where a part, or the whole, cannot be told."""
    known = [made for made in found.values() if made is not None]
    if whole is None or len(known) < len(found) or sum(known) == whole:
        return dict(found)
    return {**found, REST: whole - sum(known)}


def _part(
    state: NodeState, seen: Seen, policy: Policy, key: PositionKey, totals: Totals, now_ns: int
) -> Part:
    instrument = state.rules.instruments[key.instrument]
    reference = seen.reference(policy, key.instrument, now_ns)
    fx = rate(state.rules, policy, instrument.quote, now_ns)
    made = _made(state, instrument, totals, reference.ticks if reference else None)
    other = {unit: fee for unit, fee in totals.other_fees.items() if unit != instrument.base}
    if made is None or fx is None:
        return Part(key, instrument.quote, None, made, other)
    fees = sum(
        priced(state.rules, policy, Money(fee, unit), now_ns)[0] for unit, fee in other.items()
    )
    return Part(key, instrument.quote, fx.down(made) - fees, made, other)


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
