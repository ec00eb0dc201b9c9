"""The limits part of the state: policy, instruments, trading states, pause, micro-events, rates.

Limits come only from signed grants and policy that the node adopted; `version` counts every
change, so an accepted order can name the limits that allowed it.
"""

from dataclasses import dataclass, field

from edgenode.model.facts import (
    Instrument,
    MicroEventClosed,
    MicroEventOpened,
    PauseSet,
    Policy,
    TradingStateSet,
)
from edgenode.model.ids import NO_EVENT, EventId, InstrumentId, VenueId

STATES = ("active", "reducing", "halted")  # from the freest to the strictest
SECOND_NS = 1_000_000_000


@dataclass(slots=True)
class EventSpend:
    """Cost of one micro-event: accepted worst case of open orders, and what was really spent."""

    reserved: int = 0
    spent: int = 0


@dataclass(slots=True)
class Limits:
    """What is allowed, and the counters that limits are held against."""

    version: int = 0
    policy: Policy | None = None
    instruments: dict[InstrumentId, Instrument] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    paused: bool = False
    hedges_paused: bool = False
    events: dict[EventId, MicroEventOpened] = field(default_factory=dict)
    spend: dict[EventId, EventSpend] = field(default_factory=dict)
    rate: dict[VenueId, tuple[int, int]] = field(default_factory=dict)  # second, orders in it

    def policy_set(self, fact: Policy) -> None:
        """Take a newer policy; an older one changes nothing."""
        if self.policy is None or fact.version > self.policy.version:
            self.policy = fact
            self.version += 1

    def instrument_set(self, fact: Instrument) -> None:
        """Add or replace an instrument."""
        self.instruments[fact.id] = fact
        self.version += 1

    def state_set(self, fact: TradingStateSet) -> None:
        """Set a scope's trading state; `active` is the absence of a restriction."""
        if fact.state == "active":
            self.states.pop(fact.scope, None)
        else:
            self.states[fact.scope] = fact.state
        self.version += 1

    def pause_set(self, fact: PauseSet) -> None:
        """Pause or resume."""
        self.paused = fact.paused
        self.hedges_paused = fact.paused and fact.hedges
        self.version += 1

    def event_opened(self, fact: MicroEventOpened) -> None:
        """Declare a micro-event; it tags orders from `starts` until `ends`."""
        self.events[fact.event_id] = fact

    def event_closed(self, fact: MicroEventClosed) -> None:
        """End a micro-event; its spend stays on record."""
        self.events.pop(fact.event_id, None)

    def event_at(self, now_ns: int) -> EventId:
        """Name the micro-event that tags what happens now: the one that began last."""
        running = [e for e in self.events.values() if e.starts <= now_ns < e.ends]
        if not running:
            return NO_EVENT
        return max(running, key=lambda e: (e.starts, e.event_id)).event_id

    def ended(self, now_ns: int) -> list[EventId]:
        """Give the micro-events whose end has passed."""
        return sorted(e.event_id for e in self.events.values() if now_ns >= e.ends)

    def state_of(self, *scopes: str) -> str:
        """Give the strictest trading state over the node and the given scopes."""
        found = (self.states.get(scope, "active") for scope in ("node", *scopes))
        return max(found, key=STATES.index)

    def used(self, event_id: EventId) -> int:
        """Give an event's cost so far, accepted worst case and spent; makes no counters."""
        spend = self.spend.get(event_id)
        return spend.reserved + spend.spent if spend else 0

    def spending(self, event_id: EventId) -> EventSpend:
        """Give an event's counters to book on, made on first use."""
        spend = self.spend.get(event_id)
        if spend is None:
            spend = self.spend[event_id] = EventSpend()
        return spend

    def count(self, venue: VenueId, now_ns: int) -> None:
        """Count one order message to a venue."""
        second = now_ns // SECOND_NS
        self.rate[venue] = (second, self.messages(venue, now_ns) + 1)

    def messages(self, venue: VenueId, now_ns: int) -> int:
        """Give how many orders went to a venue in this market second."""
        second, count = self.rate.get(venue, (0, 0))
        return count if second == now_ns // SECOND_NS else 0

    def canonical(self) -> object:
        """Give the part's content for the digest."""
        return [
            self.version,
            self.policy.version if self.policy else None,
            [
                [i.id, i.price_decimals, i.quantity_decimals, i.tick_lot_minor, i.enabled]
                for _, i in sorted(self.instruments.items())
            ],
            [[scope, state] for scope, state in sorted(self.states.items())],
            [self.paused, self.hedges_paused],
            [
                [e.event_id, e.source, e.name, e.starts, e.ends]
                for _, e in sorted(self.events.items())
            ],
            [[i, s.reserved, s.spent] for i, s in sorted(self.spend.items())],
            [[venue, *at] for venue, at in sorted(self.rate.items())],
        ]
