"""What is owed between the desk and its customers, from their fills.

Positive: the desk owes the customer. Amounts are minor units of a currency or lots of an
instrument. On pre-funded local accounts each leg settles at the fill; the totals stay, so that a
statement can be held against them.
"""

from dataclasses import dataclass, field

from edgenode.model.facts import CarriedIn, FillRecorded, Instrument
from edgenode.model.ids import AccountId
from edgenode.model.orders import sign


@dataclass(slots=True)
class Obligations:
    """The obligations part of the state: net delivered by (customer, asset)."""

    delivered: dict[tuple[AccountId, str], int] = field(default_factory=dict)

    def filled(self, fact: FillRecorded, instrument: Instrument, times: int = 1) -> None:
        """Book both legs of a customer's fill, or with `times` = -1 take them out again."""
        direction = times * sign(fact.side)
        cash = -direction * instrument.notional_minor(fact.price_ticks, fact.quantity_lots)
        self._add(fact.account, instrument.quote, cash)
        if fact.fee_minor:
            self._add(fact.account, fact.fee_currency, -times * fact.fee_minor)
        self._add(fact.account, fact.instrument, direction * fact.quantity_lots)

    def carried(self, fact: CarriedIn, instrument: Instrument) -> None:
        """Book what a customer's carried position has delivered."""
        lots, told = fact.amount, fact.totals
        if told is not None:
            lots += told.fee_lots
            for fee in told.other_fees:
                self._add(fact.account, fee.currency, -fee.amount_minor)
        self._add(fact.account, instrument.quote, fact.cash_minor)
        self._add(fact.account, instrument.id, lots)

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [[*key, amount] for key, amount in sorted(self.delivered.items())]

    def _add(self, account: AccountId, asset: str, amount: int) -> None:
        key = (account, asset)
        self.delivered[key] = self.delivered.get(key, 0) + amount
