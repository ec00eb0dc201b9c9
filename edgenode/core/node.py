"""The spine: decide / evolve over one ledger. It routes; it calculates nothing.

decide(state, seen, observation, now) -> facts and follow-ups. Pure and total.
evolve(state, entry, fact)            the only way a state changes; the same function live, at
                                      start-up, at the centre and in tests.
step                                  decide, evolve, then decide on what that made dirty, until
                                      nothing is (core/dirty says why it ends): one unit, never
                                      split over two transactions. It costs what is dirty.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple, assert_never

from edgenode.core import follow_ups, life, micro_events, tick
from edgenode.core.centre import said as centre_said
from edgenode.core.dirty import FREE_FIRST, Dirty, Rank
from edgenode.core.effects import EFFECTS, OF_ORDERS
from edgenode.core.hedge import programme
from edgenode.core.observations import (
    Act,
    Decision,
    FollowUp,
    Observation,
    OfCentre,
    OfEvent,
    OfForecast,
    OfNode,
    OfOrder,
    OfPerson,
    OfVenue,
    Overdrawn,
    Requote,
    Tick,
)
from edgenode.core.orders import asked, changes, quotes, renewal
from edgenode.core.restrictions import clock, overdrawn, person
from edgenode.core.risk import requests
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.venues import said as venue_said
from edgenode.model import facts as f
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.hlc import Hlc
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire import facts as wire_facts

ENDED_ORDERS_KEPT = 256  # what ended stays at hand this long, for repeats and late words


class Recorded(NamedTuple):
    """An entry with the fact it holds."""

    entry: Entry
    fact: f.Fact


def decide(  # noqa: PLR0911  routes: one return for each speaker
    state: NodeState, seen: Seen, observation: Observation, now_ns: int
) -> Decision:
    """Look and judge; name what follows. Changes nothing. One routing for each speaker."""
    if isinstance(observation, OfOrder):
        return asked.decide(state, seen, observation, now_ns)
    if isinstance(observation, FollowUp):
        return follow_ups.decide(state, seen, observation, now_ns)
    if isinstance(observation, OfVenue):
        return venue_said.decide(state, seen, observation, now_ns)
    if isinstance(observation, Tick):
        return tick.decide(state, seen, observation, now_ns)
    if isinstance(observation, OfCentre):
        return centre_said.decide(state, observation, now_ns)
    if isinstance(observation, OfPerson):
        return person.decide(state, seen, observation, now_ns)
    if isinstance(observation, OfEvent):
        return micro_events.decide(state, observation, now_ns)
    if isinstance(observation, OfForecast):
        return requests.decide(state, seen, observation, now_ns)
    if isinstance(observation, OfNode):
        return life.decide(state, observation, now_ns)
    assert_never(observation)


def evolve(state: NodeState, entry: Entry, fact: f.Fact) -> None:
    """Let one recorded fact take effect. Entries come in seq order without a gap."""
    if entry.seq != state.size + 1:
        raise InvariantBrokenError(
            f"entry {entry.seq} after {state.size}",
            expected=f"entry {state.size + 1}",
            do="stop; fold the ledger again",
        )
    state.size = entry.seq
    state.limits.newest_ns = max(state.limits.newest_ns, fact.at_ns)
    effect = EFFECTS.get(type(fact))
    if effect is None:
        raise InvariantBrokenError(
            f"{type(fact).__name__} is no fact of a node's own ledger",
            expected="a kind with a row in core/effects",
            do="stop: this release cannot fold this ledger; use one that can",
        )
    if type(fact) not in OF_ORDERS:
        state.ruled_seq = entry.seq
    effect(state, fact, entry.seq)


def fold(state: NodeState, entries: Iterable[Entry]) -> NodeState:
    """Evolve a run of recorded entries; returns the same state."""
    for entry in entries:
        take(state, entry)
    return state


def take(state: NodeState, entry: Entry) -> f.Fact:
    """Evolve one recorded entry; returns the fact that it holds."""
    fact = wire_facts.decode(entry.kind, entry.body)
    evolve(state, entry, fact)
    return fact


def step(
    state: NodeState, seen: Seen, observation: Observation, *, now_ns: int, wall_ns: int, hlc: Hlc
) -> list[Recorded]:
    """Take one step: everything that follows from one observation, as one unit.

    A clock that is too far ahead is not believed: time then stands still (restrictions/clock).
    """
    ahead_ns = clock.held_back(state, observation, now_ns)
    if ahead_ns:
        now_ns, wall_ns = now_ns - ahead_ns, wall_ns - ahead_ns
        if isinstance(observation, Tick):
            observation = replace(observation, ahead_ns=ahead_ns)
    taken = _Step(state, seen, now_ns, wall_ns, hlc)
    taken.look(observation, Rank.FIRST)
    if taken.dirty:
        for rank, thing in taken.dirty.take():
            taken.look(thing, rank)
    if state.orders.ended_count > ENDED_ORDERS_KEPT:
        taken.apply(life.closed(state, now_ns), Rank.TAKING)
    return taken.recorded


class _Step:
    """What one step recorded so far, and what is dirty."""

    __slots__ = ("dirty", "hlc", "now_ns", "recorded", "seen", "state", "wall_ns")

    def __init__(self, state: NodeState, seen: Seen, now_ns: int, wall_ns: int, hlc: Hlc) -> None:
        self.state, self.seen = state, seen
        self.now_ns, self.wall_ns, self.hlc = now_ns, wall_ns, hlc
        self.dirty = Dirty()
        self.recorded: list[Recorded] = []

    def look(self, thing: Observation, rank: Rank) -> None:
        """Decide on one thing; a quote that takes more may wait (core/dirty)."""
        state, seen, now_ns = self.state, self.seen, self.now_ns
        outdated = renewal.outdated(state, seen, thing, now_ns)
        if outdated is not None:  # what is known is used before a match is made without it
            self.apply(quotes.renewed(state, seen, outdated, now_ns), rank)
            if changes.is_gone(state, thing):
                return
        if rank in FREE_FIRST and self.dirty and isinstance(thing, Requote) and not thing.cut:
            decision = quotes.freeing(state, seen, thing.instrument, now_ns)
            if decision is None or renewal.takes_more(state, decision):
                self.dirty.add((thing,), rank)
                return
        else:
            decision = decide(state, seen, thing, now_ns)
        self.apply(decision, rank)

    def apply(self, decision: Decision, rank: Rank) -> None:
        """Record a decision's facts, let each take effect, and note what that makes dirty."""
        state = self.state
        for act in decision.acts:
            fact = act.fact
            entry = record(state, act, self.hlc.stamp(self.wall_ns))
            evolve(state, entry, fact)
            self.recorded.append(Recorded(entry, fact))
            # Behind the hedges, what a quote bought as it was set waits for the next slice.
            if type(fact) in programme.OUTCOMES and rank <= Rank.HEDGES:
                self.dirty.add(programme.follows(state, fact), rank)
        if decision.then:
            self.dirty.add(decision.then, rank)
        if overdrawn.due(state):  # its break closes the gate before anything more is decided
            self.apply(decide(state, self.seen, Overdrawn(), self.now_ns), rank)


def record(state: NodeState, act: Act, hlc: int) -> Entry:
    """Return a fact its place: the next seq, its stamp and its idempotency key (hlc || seq)."""
    seq = state.size + 1
    return Entry(
        seq=seq,
        hlc=hlc,
        kind=type(act.fact).__name__,
        actor=act.actor,
        automatic=act.automatic,
        idem=hlc.to_bytes(8, "big") + seq.to_bytes(8, "big"),
        body=wire_facts.encode(act.fact),
    )


def new_state(ledger: LedgerId) -> NodeState:
    """Return the state before the first entry."""
    return NodeState.empty(ledger)
