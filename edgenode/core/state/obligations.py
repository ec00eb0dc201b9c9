"""What is owed between the desk and its customers, from their fills.

Positive: the desk owes the customer. Amounts are minor units of a currency or lots of an
instrument. On pre-funded local accounts each leg settles at the fill; the totals stay, so that a
statement can be held against them.
"""

from dataclasses import dataclass, field

from edgenode.model.facts import FillRecorded, Instrument
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

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [[*key, amount] for key, amount in sorted(self.delivered.items())]

    def _add(self, account: AccountId, asset: str, amount: int) -> None:
        key = (account, asset)
        self.delivered[key] = self.delivered.get(key, 0) + amount
