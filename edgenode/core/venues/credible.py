"""Whether a venue's word can be what it says: its names, its numbers, whose order it speaks of.

What cannot be is never booked, nor half of it: it is one break of its venue (`venue_message`), and
the venue's own count of what it executed (FIX CumQty) still tells that something is missing. An
execution that can be, but not of the order that it names, is exposure all the same: it is booked
in suspense (core/venues/reports).
"""

from edgenode.core.state.node_state import NodeState
from edgenode.core.state.positions import NO_TOTALS, PositionKey
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.facts import FillRecorded, OrderGated
from edgenode.model.ids import LOCAL_VENUE
from edgenode.model.orders import SIDES
from edgenode.model.venue import (
    Acked,
    BustReport,
    CorrectReport,
    FillReport,
    Finished,
    LinkChanged,
    NotAnswered,
    NotKnown,
    NotSent,
    Unreadable,
    VenueEvent,
)

NAME_BYTES_MAX = 64
NUMBER_END = 1 << 53  # lots, ticks, versions
FEE_END = 1 << 100  # in a smallest unit of up to 18 decimals
TIME_END = 1 << 63
MONEY_END = 1 << 200  # sums have a canonical form (wire/canonical), those of accounts too
ENDS = ("filled", "canceled", "expired", "rejected")


def strange(event: VenueEvent) -> str:
    """Return what in an event is impossible; "" if nothing is. O(1)."""
    match event:
        case FillReport():
            return _names(event.venue, *_names_of(event)) or _numbers(event)
        case CorrectReport(fill=fill):
            named = _names(event.venue, *_names_of(fill), event.refers_to)
            return named or _numbers(fill) or _count("version", event.version)
        case BustReport():
            names = (event.venue_account, event.scope, event.exec_id)
            return _names(event.venue, *names) or _count("version", event.version)
        case Finished():
            said = "" if event.reason in ENDS else f"an end that is {event.reason[:20]!a}"
            return _names(event.venue, event.order_id) or said or _count("cum", event.cum_lots)
        case Acked() | NotAnswered() | NotSent() | NotKnown():
            return _names(event.venue, event.order_id)
        case LinkChanged() | Unreadable():
            return _names(event.venue)


def as_ordered(gated: OrderGated, fill: FillReport) -> bool:
    """Return whether an execution is of the order that it names, as it was sent."""
    said = (fill.venue, fill.instrument, fill.side)
    return said == (gated.venue, gated.instrument, gated.side)


def fits(state: NodeState, fact: FillRecorded) -> bool:
    """Return whether every sum that an execution enters stays a number that can be kept."""
    instrument = state.rules.instruments[fact.instrument]
    paid = instrument.notional_minor(fact.price_ticks, fact.quantity_lots) + abs(fact.fee_minor)
    money = max(paid, fact.cash_minor, fact.cost_minor, abs(fact.fee_counted_minor))
    key = PositionKey(fact.account, fact.venue, fact.venue_account, fact.instrument, fact.event_id)
    held = state.positions.totals.get(key, NO_TOTALS)
    assets = (instrument.quote, fact.instrument, fact.fee_currency)
    at = [BalanceKey(fact.account, fact.venue, asset) for asset in assets]
    desk = [state.positions.desk(event, fact.instrument) for event in (None, fact.event_id)]
    sums = (
        *(state.wallet.balances.get(name, 0) for name in at),
        *(account.spent for account in state.grants.accounts.values()),
        *(one.cash_minor for one in desk),
        state.limits.used(fact.event_id),
        *(held.bought_minor, held.sold_minor, held.fees_minor, held.bought_lots, held.sold_lots),
        held.other_fees.get(fact.fee_currency, 0),
        state.positions.net(fact.account, fact.instrument),
        *state.fills.span(fact.account, fact.instrument),
    )
    return money + fact.quantity_lots + max(abs(number) for number in sums) < MONEY_END


def _names_of(fill: FillReport) -> tuple[str, ...]:
    return (
        *(fill.venue_account, fill.scope, fill.exec_id, fill.order_id, fill.instrument),
        *((fill.fee_currency,) if fill.fee_minor else ()),  # no fee yet: no currency of it
    )


def _names(venue: str, *others: str) -> str:
    if venue == LOCAL_VENUE:
        return "speaks as the local book"
    for name in (venue, *others):
        if not (0 < len(name) <= NAME_BYTES_MAX and name.isascii() and name.isprintable()):
            return f"a name of {len(name)} characters: {name[:20]!a}"
    return ""


def _numbers(fill: FillReport) -> str:
    if fill.side not in SIDES:
        return f"a side that is {fill.side[:20]!a}"
    for what, number in (("lots", fill.quantity_lots), ("price", fill.price_ticks)):
        if not 0 < number < NUMBER_END:
            return f"{what} of {_short(number)}"
    if abs(fill.fee_minor) >= FEE_END:
        return f"a fee of {_short(fill.fee_minor)}"
    if not 0 <= fill.venue_time_ns < TIME_END:
        return f"a time of {_short(fill.venue_time_ns)}"
    return ""


def _count(what: str, number: int) -> str:
    return "" if 0 <= number < NUMBER_END else f"{what} of {_short(number)}"


def _short(number: int) -> str:
    bits = number.bit_length()
    return str(number) if bits <= 64 else f"{bits} bits"  # noqa: PLR2004  20 digits
