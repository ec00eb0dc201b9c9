"""Positions as totals of fills: commutative, so any order of the same fills gives the same totals.

Opening inventory is not a position: only what was traded since counts.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.facts import FillRecorded, Instrument
from edgenode.model.ids import (
    DESK_BOOK,
    DESK_OVERLAY,
    AccountId,
    EventId,
    InstrumentId,
    VenueAccount,
    VenueId,
    is_customer,
)
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
    """All that was bought and sold under one key; fees in the quote currency's minor units."""

    bought_lots: int = 0
    bought_minor: int = 0
    sold_lots: int = 0
    sold_minor: int = 0
    fees_minor: int = 0

    @property
    def lots(self) -> int:
        """Give the position, signed."""
        return self.bought_lots - self.sold_lots

    @property
    def cash_minor(self) -> int:
        """Give the cash that came in, less what went out, fees included."""
        return self.sold_minor - self.bought_minor - self.fees_minor


NO_TOTALS = Totals()


class Held(NamedTuple):
    """Signed lots of the desk by account, and the cash that came in less what went out."""

    book_lots: int
    overlay_lots: int
    suspense_bought: int  # fills of unknown orders never offset each other
    suspense_sold: int
    cash_minor: int

    @property
    def lots(self) -> int:
        """Give all lots together."""
        return self.book_lots + self.overlay_lots + self.suspense_bought - self.suspense_sold

    @property
    def gross_lots(self) -> int:
        """Give lots held by either account, whatever the other holds against them."""
        held = abs(self.book_lots) + abs(self.overlay_lots)
        return held + self.suspense_bought + self.suspense_sold

    def plus(self, account: AccountId, side: Side, lots: int, cash_minor: int) -> "Held":
        """Add lots bought or sold (fewer, where negative) to one account."""
        book, overlay, bought, sold, cash = self
        if account == DESK_BOOK:
            book += sign(side) * lots
        elif account == DESK_OVERLAY:
            overlay += sign(side) * lots
        elif side == "buy":
            bought += lots
        else:
            sold += lots
        return Held(book, overlay, bought, sold, cash + cash_minor)


NOTHING_HELD = Held(0, 0, 0, 0, 0)


@dataclass(slots=True)
class Positions:
    """The positions part of the state."""

    totals: dict[PositionKey, Totals] = field(default_factory=dict)
    # derived: signed lots by account and instrument, and by account, venue and instrument
    _net: dict[tuple[AccountId, InstrumentId], int] = field(default_factory=dict)
    _at_venue: dict[tuple[AccountId, VenueId, InstrumentId], int] = field(default_factory=dict)
    _desk: dict[tuple[EventId | None, InstrumentId], Held] = field(default_factory=dict)

    def filled(self, fact: FillRecorded, instrument: Instrument, times: int = 1) -> None:
        """Add one execution, or with `times` = -1 take it out again."""
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
        totals.fees_minor += times * fact.fee_minor
        if totals == NO_TOTALS:  # all of it was taken back: as if it had never been
            del self.totals[key]
        signed = sign(fact.side) * lots
        account, venue, name = fact.account, fact.venue, fact.instrument
        if not is_customer(account):
            cash = -sign(fact.side) * notional - times * fact.fee_minor
            for scope in (None, fact.event_id):
                held = self.desk(scope, name)
                self._desk[scope, name] = held.plus(account, fact.side, lots, cash)
        self._net[account, name] = self.net(account, name) + signed
        self._at_venue[account, venue, name] = self.at_venue(account, venue, name) + signed

    def net(self, account: AccountId, instrument: InstrumentId) -> int:
        """Give signed lots over all venues and micro-events."""
        return self._net.get((account, instrument), 0)

    def at_venue(self, account: AccountId, venue: VenueId, instrument: InstrumentId) -> int:
        """Give signed lots at one venue (reduce-only is judged there)."""
        return self._at_venue.get((account, venue, instrument), 0)

    def desk(self, event_id: EventId | None, instrument: InstrumentId) -> Held:
        """Give what the desk's accounts hold of one micro-event, or (None) of all."""
        return self._desk.get((event_id, instrument), NOTHING_HELD)

    def canonical(self) -> object:
        """Give the part's content for the digest."""
        return [
            [*key, t.bought_lots, t.bought_minor, t.sold_lots, t.sold_minor, t.fees_minor]
            for key, t in sorted(self.totals.items())
        ]
