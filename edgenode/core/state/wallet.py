"""Balances: what an account holds at a venue, and how much of it open orders hold back.

An asset is a currency code (minor units) or an instrument id (lots). The base asset of an
instrument is held as lots; a fee taken in it is booked under its code, in its smallest unit. Local
and paper venues are pre-funded, so a fill settles at once; a balance may fall below zero only by a
venue's act.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.facts import AccountFunded, CarriedIn, FillRecorded, Instrument
from edgenode.model.ids import AccountId, VenueId
from edgenode.model.money import div_up
from edgenode.model.orders import sign


class BalanceKey(NamedTuple):
    """Whose, where, what."""

    account: AccountId
    venue: VenueId
    asset: str


@dataclass(slots=True)
class Wallet:
    """The wallet part of the state."""

    balances: dict[BalanceKey, int] = field(default_factory=dict)
    held: dict[BalanceKey, int] = field(default_factory=dict)
    # derived: accounts that were ever funded, or had a fill
    _accounts: set[AccountId] = field(default_factory=set)

    def funded(self, fact: AccountFunded) -> None:
        """Book opening or added funds."""
        asset = fact.currency if fact.currency is not None else fact.instrument
        assert asset is not None
        self._add(BalanceKey(fact.account, fact.venue, asset), fact.amount)

    def carried(self, fact: CarriedIn) -> None:
        """Book a balance that enters by decision."""
        asset = fact.currency if fact.currency is not None else fact.instrument
        assert asset is not None
        self._add(BalanceKey(fact.account, fact.venue, asset), fact.amount)

    def filled(self, fact: FillRecorded, instrument: Instrument, times: int = 1) -> None:
        """Move cash and lots of one execution (back, with `times` = -1)."""
        for asset, amount in moves(fact, instrument):
            self._add(BalanceKey(fact.account, fact.venue, asset), times * amount)

    def hold(self, key: BalanceKey, change: int) -> None:
        """Hold back more (or, negative, less) of a balance."""
        held = self.held.get(key, 0) + change
        assert held >= 0, f"more released than was held of {key}"
        if held:
            self.held[key] = held
        else:
            self.held.pop(key, None)

    def free(self, key: BalanceKey) -> int:
        """Return what a new order may still hold back."""
        return self.balances.get(key, 0) - self.held.get(key, 0)

    def free_lots(
        self, key: BalanceKey, base: BalanceKey, lot_minor: int, in_doubt: int = 0
    ) -> int:
        """Return the lots that a new sale may hold back.

        Fees that were taken in the base asset are owed out of the lots (`base` below zero): a lot
        of which a part is owed cannot be sold. `in_doubt` are those that may be, besides.
        """
        owed = -min(0, self.balances.get(base, 0) - in_doubt)
        return self.free(key) - div_up(owed, lot_minor)

    def knows(self, account: AccountId) -> bool:
        """Return whether the account was ever funded."""
        return account in self._accounts

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [[*key, amount] for key, amount in sorted(self.balances.items())],
            [[*key, amount] for key, amount in sorted(self.held.items())],
        ]

    def _add(self, key: BalanceKey, amount: int) -> None:
        self._accounts.add(key.account)
        self.balances[key] = self.balances.get(key, 0) + amount


def moves(fact: FillRecorded, instrument: Instrument) -> list[tuple[str, int]]:
    """Return what an execution moves, by asset; the fee is paid in its own currency."""
    direction = sign(fact.side)
    notional = instrument.notional_minor(fact.price_ticks, fact.quantity_lots)
    fee = [(fact.fee_currency, -fact.fee_minor)] if fact.fee_minor else []
    return [
        (instrument.quote, -direction * notional),
        (fact.instrument, direction * fact.quantity_lots),
        *fee,
    ]
