"""What a node can be told: one frozen class per observation, and what a decision returns."""

from dataclasses import dataclass

from edgenode.core.state.execution import FillKey
from edgenode.core.sync.signed_time import Trusted
from edgenode.model.facts import Fact
from edgenode.model.ids import (
    AccountId,
    Actor,
    ClientOrderId,
    EventId,
    InstrumentId,
    OrderId,
    VenueId,
)
from edgenode.model.orders import OrderIntent
from edgenode.model.venue import MassStatus, VenueEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Born:
    """A new ledger begins."""

    ledger_key: bytes
    previous_head: str | None
    approval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process start; orders at venues become UNKNOWN.

    `time_anew`: a drill in PAPER repeats its market time; nothing else may.
    `restored`: None, or the venues to reconcile because own entries were taken back and nothing
    was recorded since (core/restrictions/restore). It is part of this step, so that no power cut
    and no order comes between.
    """

    boot_tag: int
    version: str
    mode: str
    time_anew: bool = False
    restored: tuple[VenueId, ...] | None = None


@dataclass(frozen=True, slots=True)
class CentreSaid:
    """The next entry of a down-ledger, signature already checked: its canonical bytes."""

    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Funded:
    """Funds arrived for an account at a venue; exactly one of currency and instrument."""

    account: AccountId
    venue: VenueId
    currency: str | None
    instrument: InstrumentId | None
    amount: int
    reference: str


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """Someone wants an order."""

    intent: OrderIntent
    actor: Actor


@dataclass(frozen=True, slots=True)
class CancelAsked:
    """Someone wants an order to stop working."""

    order_id: OrderId
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendAsked:
    """Someone wants another price or quantity for a working order (FIX 35=G)."""

    order_id: OrderId
    client_order_id: ClientOrderId
    quantity_lots: int
    price_ticks: int
    actor: Actor


@dataclass(frozen=True, slots=True)
class CancelAllAsked:
    """An account's local orders shall stop working: it asked, or its connection ended."""

    account: AccountId
    actor: Actor


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """An account's program connected, and wants its orders canceled when that ends."""

    account: AccountId
    actor: Actor


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """That connection ended."""

    account: AccountId
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionAsked:
    """The local book shall collect orders until `ends` (market ns), then let them meet."""

    instrument: InstrumentId
    ends: int
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanAnswered:
    """A person's answer to a waiting plan; `signature` over its digest where it is yes."""

    plan_id: str
    person: str
    signature: bytes | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class Reported:
    """A venue said something."""

    event: VenueEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a venue's snapshot and our books say of one thing, where they differ."""

    type: str  # position_mismatch | balance_mismatch | open_order
    subject: str  # begins with "venue/"
    venue_says: str  # worded for a person, as is what we say
    we_say: str  # an interval where executions are disputed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A venue's whole view was held against our books.

    `differences` are all that were found, `lasting` those of them that a second look found again:
    what was under way at the first one has arrived by then. `status`: the view itself, whose
    executions are recorded.
    """

    venue: VenueId
    differences: tuple[Difference, ...]
    lasting: tuple[Difference, ...]
    status: MassStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReconciled:
    """A venue's whole view is owed, and was asked for in vain often; why, in words."""

    venue: VenueId
    found: str


@dataclass(frozen=True, slots=True)
class CentreAllows:
    """The centre's answer to a HELLO lets this node trade so far: active | reducing | halted."""

    trading: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAsked:
    """A person pauses or resumes."""

    paused: bool
    hedges: bool
    reason: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class StateAsked:
    """A person restricts a scope, or lifts what a person restricted there (`active`)."""

    scope: str
    state: str
    reason: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAsked:
    """A person releases a cause that policy lets a person release: a loss, a stress trigger."""

    cause: str
    reason: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFound:
    """How far the room on the ledger's disk permits trading: active | reducing | halted."""

    level: str
    free_mib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDeclared:
    """A micro-event is scheduled or declared; times in market ns."""

    event_id: EventId
    source: str
    name: str
    starts: int
    ends: int
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCloseAsked:
    """A person ends a micro-event before its end."""

    event_id: EventId
    reason: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvent:
    """One micro-event of the calendar; times in market ns."""

    event_id: EventId
    name: str
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class CalendarRead:
    """What the calendar names that runs or begins soon: all of it, after it was read whole."""

    events: tuple[PlannedEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SurgeFound:
    """A detector found volume far above the usual in the bar of a source that began at `at_ns`.

    `times_milli`: over the usual, in thousandths.
    """

    instrument: InstrumentId
    source: str
    at_ns: int
    times_milli: int


@dataclass(frozen=True, slots=True)
class VolumesAhead:
    """What customers may trade here within the hour, by instrument: forecast quantiles of 95 %."""

    lots: tuple[tuple[InstrumentId, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakCloseAsked:
    """A person has looked at a break and closes it."""

    break_id: str
    reason: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveAsked:
    """A person decides a break: what is true, by its evidence (core/breaks/resolving).

    `version` names one content by its hash, or by the hash's first digits; `account` and `amount`
    say what is carried in: a position at `price_ticks`, or (None) at the reference. `evidence` is
    the name of what the person saw (core/breaks/evidence), None if that is not said.
    """

    break_id: str
    decision: str
    reason: str
    person: str
    actor: Actor
    version: str | None = None
    account: AccountId | None = None
    amount: int | None = None
    price_ticks: int | None = None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Overdrawn:
    """A venue's act has passed a grant, or the last break of that kind was closed."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Market time passed: what is due now? `trusted` is the time by the centre, if it signed one.

    It is of market time: a drill that runs in another time than the wall's has none.
    `ahead_ns`: by how much the clock is too far ahead to be believed; time stands still meanwhile.
    """

    trusted: Trusted | None = None
    ahead_ns: int = 0


@dataclass(frozen=True, slots=True)
class Requote:
    """The desk's quote may be out of date; with `cut` it may only be larger than its room."""

    instrument: InstrumentId
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """What is booked of an order may have changed: is it done, is it too much?"""

    order_id: OrderId


@dataclass(frozen=True, slots=True)
class Retold:
    """What is known of an execution may have changed: is it disputed, is it nobody's?"""

    key: FillKey


@dataclass(frozen=True, slots=True)
class AuctionDue:
    """A call is over: what was collected meets."""

    instrument: InstrumentId


@dataclass(frozen=True, slots=True)
class SliceDue:
    """A hedge programme's child for one venue is to be judged."""

    intent: OrderIntent


@dataclass(frozen=True, slots=True)
class HedgeDue:
    """A child of a hedge programme was denied or rejected, or its plan was approved.

    `anew`: what is to be hedged changed, so the programme looks at all of it, as at a slice's
    begin.
    """

    instrument: InstrumentId
    anew: bool = False


@dataclass(frozen=True, slots=True)
class ConfigRead:
    """The configuration was read again and differs: keys that apply now, and that wait."""

    applied: tuple[str, ...]
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DigestDue:
    """Write the digest of the state as it stands."""


FollowUp = Filled | Retold | AuctionDue | SliceDue | HedgeDue | Requote
"""What a decision makes dirty: it is looked at in the same step (core/dirty)."""

# One union for each other speaker; each has one exhaustive routing (core/node names them).
OfOrder = (
    OrderAsked
    | AmendAsked
    | CancelAsked
    | CancelAllAsked
    | SessionBegan
    | SessionEnded
    | AuctionAsked
)
OfVenue = Reported | Reconciled | NotReconciled
OfCentre = CentreSaid | CentreAllows
OfPerson = PauseAsked | StateAsked | ReleaseAsked | PlanAnswered | BreakCloseAsked | ResolveAsked
OfEvent = EventDeclared | EventCloseAsked | CalendarRead | SurgeFound
OfNode = Born | Started | Funded | ConfigRead | DiskFound | Overdrawn | DigestDue
OfForecast = VolumesAhead
Observation = (
    OfOrder | OfVenue | OfCentre | OfPerson | OfNode | OfEvent | OfForecast | Tick | FollowUp
)


@dataclass(frozen=True, slots=True)
class Act:
    """A fact to record, who made it, and whether by rule or by hand."""

    fact: Fact
    actor: str
    automatic: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """Facts in order, and what must be looked at once they have taken effect."""

    acts: tuple[Act, ...] = ()
    then: tuple[FollowUp, ...] = ()


NOTHING = Decision()
