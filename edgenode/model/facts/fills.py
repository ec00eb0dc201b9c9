"""Executions and what venues say of them later. A wrong fill is never edited: evidence is added.

What is booked of an execution is a function of all evidence of it (core/state/execution), in
whatever order it came.
"""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.ids import (
    AccountId,
    EventId,
    ExecId,
    ExecScope,
    InstrumentId,
    OrderId,
    VenueAccount,
    VenueId,
)
from edgenode.model.money import Money
from edgenode.model.orders import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class FillRecorded(Fact):
    """One execution of one of our orders, as the venue reported it.

    The fee is in the currency in which it was taken. In the policy's currency: `cost_minor` = fees
    + max(0, slippage against the reference that the gate recorded); `cash_minor` is what a buy
    takes or a sale brings back; `fee_counted_minor` is the fee alone, signed. `fx` and `fee_fx`
    name the rates that made them so (core/state/costs), None if none was needed.
    """

    venue: VenueId
    venue_account: VenueAccount
    scope: ExecScope
    exec_id: ExecId
    order_id: OrderId
    account: AccountId
    instrument: InstrumentId
    side: Side
    quantity_lots: int
    price_ticks: int
    fee_minor: int
    fee_currency: str
    venue_time_ns: int
    content_hash: bytes
    event_id: EventId
    cost_minor: int
    cash_minor: int
    fee_counted_minor: int
    fx: str | None
    fee_fx: str | None

    @property
    def fee(self) -> Money:
        """Return the fee with its currency."""
        return Money(self.fee_minor, self.fee_currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecRef:
    """An execution as its venue names it (FIX ExecRefID): an original or a correction."""

    venue: VenueId
    venue_account: VenueAccount
    scope: ExecScope
    exec_id: ExecId


@dataclass(frozen=True, slots=True, kw_only=True)
class FeePriced(Fact):
    """A dated rate prices fees of a micro-event that counted at the policy's worst until now.

    `fees_minor` is in `currency`, the others in the policy's. `priced_minor` takes the place of
    `counted_minor` in cost; `fx` names the rate. `number` counts those of a currency, from 0.
    """

    event_id: EventId
    currency: str
    number: int
    fees_minor: int
    counted_minor: int
    priced_minor: int
    fx: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalledFill:
    """A content recorded earlier, that had left the state.

    Where it was `carried`, an older ledger had booked it: what it spent is of the grants there.
    """

    fill: FillRecorded
    carried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FillDisputed(Fact):
    """Another content under a known exec id. Both are kept; only what they agree on is booked."""

    refers_to: ExecRef
    fill: FillRecorded
    recalled: RecalledFill | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeRecorded(Fact):
    """The fee of an execution that the venue first told without one: `fill` holds from here on."""

    refers_to: ExecRef
    fill: FillRecorded
    recalled: RecalledFill | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillCorrected(Fact):
    """The venue corrected an execution (FIX 150=G): `fill` holds instead of what it refers to.

    Of several corrections the one with the greatest (version, venue time, exec id) holds. It joins
    two executions where its own id is that of an earlier one: each may have been recalled.
    """

    refers_to: ExecRef
    version: int
    evidence: str
    fill: FillRecorded
    recalled: tuple[RecalledFill, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillBusted(Fact):
    """The venue took an execution back (FIX 150=H, a chain's reorganisation): nothing is booked.

    It may come before the execution that it refers to, and waits as a tombstone.
    """

    refers_to: ExecRef
    version: int
    evidence: str
    recalled: RecalledFill | None
