"""Positions as totals of fills: commutative, so any order of the same fills gives the same totals.

Opening inventory is not a position: only what was traded since counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.facts import CarriedIn, FillRecorded, Instrument
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    NO_EVENT,
    AccountId,
    EventId,
    InstrumentId,
    VenueAccount,
    VenueId,
    is_customer,
)
from edgenode.model.money import Money, div_up
from edgenode.model.orders import Side, sign


class PositionKey(NamedTuple):
    """Whose lots, where, of what, for which micro-event."""

    account: AccountId
    venue: VenueId
    venue_account: VenueAccount
    instrument: InstrumentId
    event_id: EventId


@dataclass(slots=True)
class Totals:
    """All that was bought and sold under one key.

    `fees_minor` are those in the quote currency, `other_fees` those in others, by currency. A fee
    in the base asset takes part of the holding: `fee_lots` are the whole lots that such fees took
    so far (negative: that rebates gave). What is less than a lot stays in the base's balance.
    """

    bought_lots: int = 0
    bought_minor: int = 0
    sold_lots: int = 0
    sold_minor: int = 0
    fees_minor: int = 0
    fee_lots: int = 0
    other_fees: dict[str, int] = field(default_factory=dict)

    @property
    def traded_lots(self) -> int:
        """Return what was bought less what was sold, as the venue counts it."""
        return self.bought_lots - self.sold_lots

    @property
    def lots(self) -> int:
        """Return the position, signed: what was traded less what fees took of it."""
        return self.traded_lots - self.fee_lots

    @property
    def cash_minor(self) -> int:
        """Return the quote currency that came in, less what went out, its fees included."""
        return self.sold_minor - self.bought_minor - self.fees_minor

    def plus(self, other: "Totals") -> "Totals":
        """Return the sum of both."""
        fees = dict(self.other_fees)
        for currency, amount_minor in other.other_fees.items():
            add(fees, Money(amount_minor, currency))
        return Totals(
            bought_lots=self.bought_lots + other.bought_lots,
            bought_minor=self.bought_minor + other.bought_minor,
            sold_lots=self.sold_lots + other.sold_lots,
            sold_minor=self.sold_minor + other.sold_minor,
            fees_minor=self.fees_minor + other.fees_minor,
            fee_lots=self.fee_lots + other.fee_lots,
            other_fees=fees,
        )

    def paid(self, fee: Money, instrument: Instrument, lot_minor: int) -> int:
        """Count a fee; returns the whole lots that it took of the holding."""
        if fee.currency == instrument.quote:
            self.fees_minor += fee.amount_minor
            return 0
        add(self.other_fees, fee)
        if fee.currency != instrument.base:
            return 0
        before, owed = self.fee_lots, self.other_fees.get(fee.currency, 0)
        self.fee_lots = owed // lot_minor if owed >= 0 else -(-owed // lot_minor)
        return self.fee_lots - before


NO_TOTALS = Totals()
NO_FEES: Mapping[str, int] = {}


def add(fees: dict[str, int], fee: Money) -> None:
    """Add a fee to sums by currency; one that comes to nothing leaves them."""
    total = fees.get(fee.currency, 0) + fee.amount_minor
    if total:
        fees[fee.currency] = total
    else:
        fees.pop(fee.currency, None)


def _carried(fact: CarriedIn, name: InstrumentId) -> tuple[PositionKey, Totals]:
    """Return what a carried position adds, and under which key."""
    account, told = fact.account, fact.totals
    if told is None:
        key = PositionKey(account, fact.venue, VenueAccount(account), name, NO_EVENT)
        bought = fact.amount > 0
        return key, Totals(
            bought_lots=fact.amount if bought else 0,
            bought_minor=-fact.cash_minor if bought else 0,
            sold_lots=0 if bought else -fact.amount,
            sold_minor=0 if bought else fact.cash_minor,
        )
    key = PositionKey(account, fact.venue, told.venue_account, name, told.event_id)
    return key, Totals(
        bought_lots=told.bought_lots,
        bought_minor=told.bought_minor,
        sold_lots=told.sold_lots,
        sold_minor=told.sold_minor,
        fees_minor=told.fees_minor,
        fee_lots=told.fee_lots,
        other_fees={fee.currency: fee.amount_minor for fee in told.other_fees},
    )


class DeskHolding(NamedTuple):
    """Signed lots of the desk by account, and the cash that came in less what went out."""

    book_lots: int
    overlay_lots: int
    suspense_bought: int  # fills of unknown orders never offset each other
    suspense_sold: int
    cash_minor: int
    fee_lots: int  # whole lots that fees in the base asset took, and are no part of the above

    @property
    def lots(self) -> int:
        """Return all lots together."""
        return self.book_lots + self.overlay_lots + self.suspense_bought - self.suspense_sold

    @property
    def gross_lots(self) -> int:
        """Return lots held by either account, whatever the other holds against them."""
        held = abs(self.book_lots) + abs(self.overlay_lots)
        return held + self.suspense_bought + self.suspense_sold

    def plus(
        self, account: AccountId, side: Side, lots: int, fee_lots: int, cash_minor: int
    ) -> "DeskHolding":
        """Add lots bought or sold (fewer, if negative), less those that a fee took."""
        book, overlay, bought, sold, cash, fees = self
        if account == DESK_BOOK:
            book += sign(side) * lots - fee_lots
        elif account == DESK_OVERLAY:
            overlay += sign(side) * lots - fee_lots
        elif side == "buy":
            bought += lots - fee_lots
        else:
            sold += lots + fee_lots
        return DeskHolding(book, overlay, bought, sold, cash + cash_minor, fees + fee_lots)


NOTHING_HELD = DeskHolding(0, 0, 0, 0, 0, 0)
NO_HOLDINGS: Mapping[InstrumentId, DeskHolding] = {}


@dataclass(slots=True)
class Positions:
    """The positions part of the state."""

    totals: dict[PositionKey, Totals] = field(default_factory=dict)
    # derived: signed lots by account and instrument, and by account, venue and instrument
    _net: dict[tuple[AccountId, InstrumentId], int] = field(default_factory=dict)
    _at_venue: dict[tuple[AccountId, VenueId, InstrumentId], int] = field(default_factory=dict)
    _desk: dict[EventId | None, dict[InstrumentId, DeskHolding]] = field(default_factory=dict)
    _fees: dict[tuple[EventId | None, InstrumentId], dict[str, int]] = field(default_factory=dict)

    def filled(
        self, fact: FillRecorded, instrument: Instrument, lot_minor: int, times: int = 1
    ) -> int:
        """Add one execution, or with `times` = -1 take it out again; returns the signed change.

        `lot_minor` is what one lot is in the smallest unit of the base asset.
        """
        key = PositionKey(
            fact.account, fact.venue, fact.venue_account, fact.instrument, fact.event_id
        )
        totals = self.totals.get(key)
        if totals is None:
            totals = self.totals[key] = Totals()
        lots = times * fact.quantity_lots
        notional = instrument.notional_minor(fact.price_ticks, lots)
        if fact.side == "buy":
            totals.bought_lots += lots
            totals.bought_minor += notional
        else:
            totals.sold_lots += lots
            totals.sold_minor += notional
        fee = Money(times * fact.fee_minor, fact.fee_currency)
        fee_lots = totals.paid(fee, instrument, lot_minor)
        if totals == NO_TOTALS:  # all of it was taken back: as if it had never been
            del self.totals[key]
        signed = sign(fact.side) * lots - fee_lots
        account, venue, name = fact.account, fact.venue, fact.instrument
        if not is_customer(account):
            apart = fee.currency != instrument.quote
            cash = -sign(fact.side) * notional - (0 if apart else fee.amount_minor)
            for scope in (None, fact.event_id):
                held = self.desk(scope, name)
                held = held.plus(account, fact.side, lots, fee_lots, cash)
                self._desk.setdefault(scope, {})[name] = held
                if apart and fee.amount_minor:
                    add(self._fees.setdefault((scope, name), {}), fee)
        self._net[account, name] = self.net(account, name) + signed
        self._at_venue[account, venue, name] = self.at_venue(account, venue, name) + signed
        return signed

    def carried(self, fact: CarriedIn) -> int:
        """Add a position that enters by decision, with its cash; returns the signed change."""
        assert fact.instrument is not None
        account, venue, name = fact.account, fact.venue, fact.instrument
        key, totals = _carried(fact, name)
        self.totals[key] = self.totals.get(key, NO_TOTALS).plus(totals)
        if not is_customer(account):
            of_buys = totals.fee_lots if totals.bought_lots else 0
            of_sales, cash = totals.fee_lots - of_buys, totals.cash_minor
            for scope in (None, key.event_id):
                held = self.desk(scope, name)
                held = held.plus(account, "buy", totals.bought_lots, of_buys, cash)
                held = held.plus(account, "sell", totals.sold_lots, of_sales, 0)
                self._desk.setdefault(scope, {})[name] = held
                for code, amount_minor in totals.other_fees.items():
                    fees = self._fees.setdefault((scope, name), {})
                    add(fees, Money(amount_minor, code))
        self._net[account, name] = self.net(account, name) + totals.lots
        self._at_venue[account, venue, name] = self.at_venue(account, venue, name) + totals.lots
        return totals.lots

    def net(self, account: AccountId, instrument: InstrumentId) -> int:
        """Return signed lots over all venues and micro-events."""
        return self._net.get((account, instrument), 0)

    def at_venue(self, account: AccountId, venue: VenueId, instrument: InstrumentId) -> int:
        """Return signed lots at one venue (reduce-only is judged there)."""
        return self._at_venue.get((account, venue, instrument), 0)

    def average_ticks(self, account: AccountId, instrument: Instrument) -> int:
        """Return the average price of all that an account traded, rounded up; 0 if unknown."""
        of = [t for k, t in self.totals.items() if (k[0], k[3]) == (account, instrument.id)]
        lots = sum(t.bought_lots + t.sold_lots for t in of if t.bought_minor or t.sold_minor)
        minor = sum(t.bought_minor + t.sold_minor for t in of)
        return div_up(max(0, minor), max(1, lots) * instrument.tick_lot_minor)

    def desk(self, event_id: EventId | None, instrument: InstrumentId) -> DeskHolding:
        """Return what the desk's accounts hold of one micro-event, or (None) of all."""
        return self._desk.get(event_id, NO_HOLDINGS).get(instrument, NOTHING_HELD)

    def desk_holdings(self, event_id: EventId | None) -> Mapping[InstrumentId, DeskHolding]:
        """Return what the desk holds, or once held, of each instrument that it traded."""
        return self._desk.get(event_id, NO_HOLDINGS)

    def desk_fees(self, event_id: EventId | None, instrument: InstrumentId) -> Mapping[str, int]:
        """Return the desk's fees that were taken in other currencies than the quote."""
        return self._fees.get((event_id, instrument), NO_FEES)

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [
                *(*key, t.bought_lots, t.bought_minor, t.sold_lots, t.sold_minor, t.fees_minor),
                *(t.fee_lots, sorted(map(list, t.other_fees.items()))),
            ]
            for key, t in sorted(self.totals.items())
        ]
