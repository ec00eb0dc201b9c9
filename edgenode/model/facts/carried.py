"""What enters a ledger by decision: the books of an older one, and what it recorded of venues.

The totals of positions and the balances (`CarriedIn`) hold every execution that the older ledger
had booked, and `CarriedFees` what its fees without a rate count as. The other facts book nothing:
they make known what a venue may tell again, and keep open what nobody has decided.
"""

from dataclasses import dataclass

from edgenode.model.facts.base import Fact
from edgenode.model.facts.fills import ExecRef, FillRecorded
from edgenode.model.facts.trading import OrderCounted, OrderDone, OrderGated
from edgenode.model.ids import AccountId, EventId, ExecId, InstrumentId, VenueAccount, VenueId


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedFact(Fact):
    """The frozen branch that something is carried from, and who decided it.

    "" and 0 if there is no branch: a difference that people carry in.
    """

    from_ledger: str
    from_size: int
    approvals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedFee:
    """The fees of a carried position that were taken in one currency, not the quote."""

    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedTotals:
    """All that was bought and sold of a carried position, with its place in the older books."""

    venue_account: VenueAccount
    event_id: EventId
    bought_lots: int
    bought_minor: int
    sold_lots: int
    sold_minor: int
    fees_minor: int
    fee_lots: int
    other_fees: tuple[CarriedFee, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedIn(CarriedFact):
    """A balance or a position enters the books by decision, not by an execution here.

    Exactly one of `currency` (a balance, in smallest units) and `instrument` is set. Of an
    instrument, `amount` are lots: of a position, with the cash that flowed for it, if
    `is_position`; else of a balance. A position of a frozen branch has its `totals`, of which
    `amount` and `cash_minor` are the sums.
    """

    account: AccountId
    venue: VenueId
    currency: str | None
    instrument: InstrumentId | None
    amount: int
    is_position: bool
    cash_minor: int
    totals: CarriedTotals | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedFees(CarriedFact):
    """Fees of a micro-event that no rate prices, and what they count as by policy.

    They are those of all executions in the carried books together.
    """

    event_id: EventId
    currency: str
    fees_minor: int
    counted_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedPlace(CarriedFact):
    """Evidence of a venue's stream up to `cursor` of `epoch` is in the carried books."""

    venue: VenueId
    epoch: str
    cursor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOrder:
    """An order at an outside venue, and its end with all its executed lots.

    The end's reason is `carried` if the order was open: its venue may still execute it.
    """

    gated: OrderGated
    done: OrderDone


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedHistory(CarriedFact):
    """Orders, and executions with one content, that the older ledger had recorded."""

    orders: tuple[CarriedOrder, ...]
    fills: tuple[FillRecorded, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedCorrection:
    """A correction of a carried execution, with the venue's version of it and what it named."""

    version: int
    refers_to: ExecId
    fill: FillRecorded


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedRuling:
    """What people decided of a carried execution, as in `BreakResolved`."""

    holds: tuple[bytes, ...]
    over: tuple[bytes, ...]
    account: AccountId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedDebt:
    """Fees of a carried execution that no rate prices, and what they count as by policy."""

    event_id: EventId
    currency: str
    fees_minor: int
    counted_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedCharge:
    """What one fill of a carried execution cost; `names` are of the contents as it was booked."""

    names: tuple[bytes, ...]
    paid_minor: int
    owes: tuple[CarriedDebt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedExecution(CarriedFact):
    """An execution with evidence beside its content, or of an order that is not known.

    All ids name it. Several such facts with an id in common are one execution.
    """

    ids: tuple[ExecRef, ...]
    contents: tuple[FillRecorded, ...]
    corrections: tuple[CarriedCorrection, ...]
    busted: bool
    charges: tuple[CarriedCharge, ...]
    ruling: CarriedRuling | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedBreak(CarriedFact):
    """A difference of the older ledger that is open in the newer one too.

    `counted` is the venue's count of an order, if the difference is in that.
    """

    type: str
    subject: str
    detail: str
    refers_to: ExecRef | None
    counted: OrderCounted | None
