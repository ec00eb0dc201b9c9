"""How far every sum that a limit is held against may lie from what is booked.

    sum                       of an execution                     of a venue's count of an order
    ------------------------  ----------------------------------  ------------------------------
    lots at a venue           its signed lots                     lots missing, or too much
    lots of a micro-event     its signed lots                     the same
    lots in an account        its signed lots (`Fills.disputed`)  the same
    money and fees at a       what it moves there                 what was reserved for the lots
    venue                                                         that are missing
    cash grants               what a buy takes, or a sale         the same
                              brings back
    cost grants, event spend  its cost                            the same

The sums of disputed executions are kept as evidence comes (core/state/fills); counts are those of
the open breaks `cum_quantity`. Limits look at the worse end, through core/risk/doubt.
"""

from collections.abc import Container, Iterator
from typing import NamedTuple

from edgenode.core.state.counted import Counted
from edgenode.core.state.execution import Span
from edgenode.core.state.orders import Orders
from edgenode.model.facts import FillRecorded
from edgenode.model.ids import AccountId, EventId, InstrumentId, VenueId, is_customer
from edgenode.model.money import div_up
from edgenode.model.orders import sign

SumKey = tuple[str, ...]
NO_DOUBT: Span = (0, 0)
CASH: SumKey = ("cash",)
COST = "cost"


def lots_at(account: AccountId, venue: VenueId, instrument: InstrumentId) -> SumKey:
    """Name the lots that an account holds at a venue."""
    return "lots", account, venue, instrument


def lots_of(event_id: EventId, account: AccountId, instrument: InstrumentId) -> SumKey:
    """Name the lots that an account of the desk holds of a micro-event."""
    return "event", event_id, account, instrument


def money_at(account: AccountId, venue: VenueId, instrument: InstrumentId) -> SumKey:
    """Name the quote that an account traded at a venue, in ticks times lots."""
    return "money", account, venue, instrument


def fees_at(account: AccountId, venue: VenueId, currency: str) -> SumKey:
    """Name the fees in a currency that an account paid at a venue."""
    return "fees", account, venue, currency


def cost_of(event_id: EventId) -> SumKey:
    """Name the cost of a micro-event, of which cost grants pay all."""
    return COST, event_id


def measured(fill: FillRecorded) -> Iterator[tuple[SumKey, int]]:
    """Yield what an execution adds to each sum."""
    account, venue, name = fill.account, fill.venue, fill.instrument
    signed = sign(fill.side) * fill.quantity_lots
    yield lots_at(account, venue, name), signed
    yield money_at(account, venue, name), -signed * fill.price_ticks
    yield fees_at(account, venue, fill.fee_currency), fill.fee_minor
    if not is_customer(account):
        yield lots_of(fill.event_id, account, name), signed
        yield CASH, sign(fill.side) * fill.cash_minor
        yield cost_of(fill.event_id), fill.cost_minor


class Missing(NamedTuple):
    """A venue's count of an order: how far its lots may lie from the booked ones, signed."""

    of: Counted
    span: Span
    lots: int  # that may have executed and are not booked

    def takes(self, kinds: Container[str]) -> int:
        """Return what the missing lots take at most: what was reserved for them."""
        amount = sum(row.amount for row in self.of.reserved if row.kind in kinds)
        return div_up(amount * self.lots, max(1, self.of.quantity_lots))


def missing(orders: Orders) -> Iterator[Missing]:
    """Yield venues' counts of ended orders that are not what is booked."""
    for id_, count in orders.counted.items():
        order = orders.orders.get(id_)
        open_lots = order.remaining_lots if order else 0
        booked = orders.executed(id_, count.done_lots)
        span = count.span(booked, open_lots)
        if span != NO_DOUBT:
            yield Missing(count, span, max(0, count.cum_lots - booked - open_lots))
