"""Hedge programmes: one parent order per (desk account, instrument), and its working children.

    target - done = carried + slots + working - given up            in every state

    fact                      done     working    carried
    ------------------------  -------  ---------  -----------------------------------
    HedgeProgramme            -        -          what its target and slots leave
    OrderGated                -        + lots     - lots
    a fill of a child         + lots   - open     the rest, where more was filled
    a fill taken back         - lots   + open     the rest, where the child had ended
    a fee in the base asset   - lots   -          + lots
    OrderDone                 -        - open     + open
    OrderReopened             -        + open     - open
    CarriedIn                 + lots   -          - lots

`done` is the account's position and `working` its open lots; both follow every order of the
account, also one that no programme sent.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from edgenode.model.facts import (
    FillRecorded,
    HedgeProgramme,
    OrderDenied,
    OrderGated,
    Reason,
)
from edgenode.model.ids import (
    DESK_OVERLAY,
    AccountId,
    ClientOrderId,
    InstrumentId,
    OrderId,
    ProgrammeId,
    VenueId,
)
from edgenode.model.orders import sign

ALARM_TIMES = 2  # denials for one cause before it is an alarm
UNANSWERED, NEVER_RECEIVED = "unanswered", "never_received"
RESTART = "restart"  # evidence of an OrderUnknown: a start asks, the venue left nothing unanswered


class ProgrammeKey(NamedTuple):
    """Whose programme, and of what."""

    account: AccountId
    instrument: InstrumentId


class Refusal(NamedTuple):
    """How often children were refused for one cause, since when, and the newest words."""

    times: int
    since_ns: int
    detail: str


@dataclass(slots=True)
class Programme:
    """One programme as it stands; lots are signed."""

    id: ProgrammeId
    newest: HedgeProgramme | None = None  # its newest decision
    done: int = 0
    carried: int = 0
    children: dict[OrderId, int] = field(default_factory=dict)  # lots still open
    counter: int = 0
    sent: int = 0  # lots released in this slice, whatever their side
    tried: set[VenueId] = field(default_factory=set)  # venues that gave nothing in this slice
    plan_id: str | None = None  # the approved plan of the newest child
    denied: dict[str, Refusal] = field(default_factory=dict)  # by the gate, by cause
    rejected: dict[VenueId, Refusal] = field(default_factory=dict)  # by a venue, or not answered

    @property
    def target(self) -> int:
        """Return the position that it trades towards."""
        return self.newest.target_lots if self.newest else 0

    @property
    def slots(self) -> tuple[int, ...]:
        """Return the lots planned for the coming slices."""
        return self.newest.slots if self.newest else ()

    @property
    def given_up(self) -> int:
        """Return the lots of UNKNOWN children that are hedged elsewhere."""
        return self.newest.given_up_lots if self.newest else 0

    @property
    def reason(self) -> str:
        """Return the reason of the newest decision."""
        return self.newest.reason if self.newest else ""

    @property
    def working(self) -> int:
        """Return the lots that open children may still execute."""
        return sum(self.children.values())

    @property
    def committed(self) -> int:
        """Return the position once all that works has executed, without what was given up."""
        return self.done + self.working - self.given_up

    @property
    def remaining(self) -> int:
        """Return the lots that no venue has: carried and planned."""
        return self.carried + sum(self.slots)

    @property
    def refusals(self) -> list[tuple[str, Refusal]]:
        """Return every cause for which children were refused since one passed."""
        rejected = ((f"{said.detail} by {venue}", said) for venue, said in self.rejected.items())
        return sorted((*self.denied.items(), *rejected))

    @property
    def alarms(self) -> list[tuple[str, Refusal]]:
        """Return the causes for which children were refused more than once."""
        return [(cause, said) for cause, said in self.refusals if said.times >= ALARM_TIMES]

    @property
    def mute(self) -> set[VenueId]:
        """Return the venues that left so many children in a row unanswered that it is an alarm."""
        return {
            venue
            for venue, said in self.rejected.items()
            if said.detail == UNANSWERED and said.times >= ALARM_TIMES
        }

    def child(self, number: int) -> ClientOrderId:
        """Return the name of a child: the programme's id and a number that is used once."""
        return ClientOrderId(f"{self.id}:{number}")

    def moved(self, order_id: OrderId, *, done: int, open_lots: int) -> None:
        """Book a change of the position and of one child; the rest is carried."""
        working = open_lots - self.children.get(order_id, 0)
        self.done += done
        self.carried -= done + working
        if open_lots:
            self.children[order_id] = open_lots
        else:
            self.children.pop(order_id, None)
        self.settled()

    def turned_away(self, venue: VenueId, how: str, at_ns: int) -> None:
        """Count a child that a venue rejected or did not answer; another way begins anew."""
        before = self.rejected.get(venue)
        held = before if before is not None and before.detail == how else None
        self.rejected[venue] = _again(held, how, at_ns)

    def answered(self, venue: VenueId) -> None:
        """Forget that a venue left children unanswered."""
        held = self.rejected.get(venue)
        if held is not None and held.detail == UNANSWERED:
            del self.rejected[venue]

    def settled(self) -> None:
        """Forget refusals once nothing is left to do."""
        if (self.denied or self.rejected) and not self.children and not self.remaining:
            self.denied.clear()
            self.rejected.clear()


@dataclass(slots=True)
class Programmes:
    """The programmes part of the state; bounded by instruments and open orders."""

    held: dict[ProgrammeKey, Programme] = field(default_factory=dict)

    def of(self, instrument: InstrumentId, account: AccountId = DESK_OVERLAY) -> Programme:
        """Return an instrument's programme; one that holds nothing where none has begun."""
        key = ProgrammeKey(account, instrument)
        return self.held.get(key) or Programme(_id(key))

    def band_lots(self, instrument: InstrumentId, fixed_lots: int) -> int:
        """Return the band of an instrument's newest decision; the fixed one before the first.

        Both tiers of hedges read it, so that one bound holds for the acts of both.
        """
        held = self.held.get(ProgrammeKey(DESK_OVERLAY, instrument))
        return fixed_lots if held is None or held.newest is None else held.newest.band_lots

    def decided(self, fact: HedgeProgramme) -> None:
        """Take a decision. What its target and slots leave is carried, whatever it says."""
        programme = self._made(fact.account, fact.instrument)
        if programme.newest is None or fact.slice_ns != programme.newest.slice_ns:
            programme.sent = 0
            programme.tried.clear()
        programme.newest = fact
        programme.carried = programme.target - programme.committed - sum(programme.slots)
        programme.counter = max(programme.counter, fact.counter)
        programme.settled()

    def gated(self, fact: OrderGated) -> None:
        """Let a child work: the gate has nothing against the programme any more."""
        if fact.account != DESK_OVERLAY:
            return
        programme = self._made(fact.account, fact.instrument)
        open_lots = sign(fact.side) * fact.quantity_lots
        programme.moved(fact.order_id, done=0, open_lots=open_lots)
        programme.sent += fact.quantity_lots
        programme.plan_id = fact.plan_id
        programme.denied.clear()

    def refused(self, fact: OrderDenied) -> None:
        """Count a denial under each of its causes."""
        if fact.account != DESK_OVERLAY:
            return
        programme = self._made(fact.account, fact.instrument)
        programme.tried.add(fact.venue)
        for reason in fact.reasons:
            detail = f"{fact.venue}: {reason.value} {reason.unit}, limit {reason.limit}"
            cause = cause_of(reason)
            programme.denied[cause] = _again(programme.denied.get(cause), detail, fact.at_ns)

    def filled(self, fact: FillRecorded, done: int, open_lots: int) -> None:
        """Book an execution, or that it was taken out; `open_lots` are left to execute.

        `done` is what it changed of the position: its lots, less those that its fee took.
        """
        if fact.account != DESK_OVERLAY:
            return
        programme = self._made(fact.account, fact.instrument)
        programme.moved(fact.order_id, done=done, open_lots=sign(fact.side) * open_lots)
        programme.rejected.pop(fact.venue, None)

    def ended(self, gated: OrderGated, reason: str, left_lots: int, at_ns: int) -> None:
        """Carry what an ended child did not execute."""
        if gated.account != DESK_OVERLAY:
            return
        programme = self._made(gated.account, gated.instrument)
        programme.moved(gated.order_id, done=0, open_lots=0)
        if reason != NEVER_RECEIVED:
            programme.answered(gated.venue)
        if not left_lots:
            return
        programme.sent = max(0, programme.sent - left_lots)
        programme.tried.add(gated.venue)
        if reason == "rejected":
            programme.turned_away(gated.venue, reason, at_ns)

    def worked(self, gated: OrderGated) -> None:
        """Note that a child's venue answers."""
        if gated.account == DESK_OVERLAY:
            self._made(gated.account, gated.instrument).answered(gated.venue)

    def unanswered(self, gated: OrderGated, at_ns: int) -> None:
        """Count a child that was handed over, and of which its venue says nothing."""
        if gated.account == DESK_OVERLAY:
            programme = self._made(gated.account, gated.instrument)
            programme.turned_away(gated.venue, UNANSWERED, at_ns)

    def reopened(self, gated: OrderGated, open_lots: int) -> None:
        """Let a child that had ended work again; less is carried."""
        if gated.account == DESK_OVERLAY:
            programme = self._made(gated.account, gated.instrument)
            signed = sign(gated.side) * open_lots
            programme.moved(gated.order_id, done=0, open_lots=signed)

    def carried_in(self, account: AccountId, instrument: InstrumentId, lots: int) -> None:
        """Book lots that enter the position by decision; the rest is carried."""
        if account == DESK_OVERLAY:
            programme = self._made(account, instrument)
            programme.done += lots
            programme.carried -= lots
            programme.settled()

    def canonical(self) -> object:
        """Return the part's content for the digest."""
        return [
            [
                [*key, p.id, p.target, p.done, p.carried, list(p.slots), p.given_up],
                [[name, lots] for name, lots in sorted(p.children.items())],
                [p.counter, p.sent, sorted(p.tried), p.plan_id, p.reason],
                [[cause, *said] for cause, said in sorted(p.denied.items())],
                [[venue, *said] for venue, said in sorted(p.rejected.items())],
                _edges(p.newest),
            ]
            for key, p in sorted(self.held.items())
        ]

    def _made(self, account: AccountId, instrument: InstrumentId) -> Programme:
        key = ProgrammeKey(account, instrument)
        programme = self.held.get(key)
        if programme is None:
            programme = self.held[key] = Programme(_id(key))
        return programme


def cause_of(reason: Reason) -> str:
    """Return what a denial is counted by: the control, whatever its values."""
    return f"{reason.code} {reason.name}"


def _again(held: Refusal | None, detail: str, now_ns: int) -> Refusal:
    """Count one more refusal for a cause."""
    return Refusal(held.times + 1, held.since_ns, detail) if held else Refusal(1, now_ns, detail)


def _id(key: ProgrammeKey) -> ProgrammeId:
    return ProgrammeId(f"{key.account.partition(':')[2]}:{key.instrument}")


def _edges(newest: HedgeProgramme | None) -> list[object]:
    if newest is None:
        return []
    edges = newest.share_ppm, newest.band_lots, newest.hurdle_lots
    return [newest.event_id, newest.slice_ns, *edges]
