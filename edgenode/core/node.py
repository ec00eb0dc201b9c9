"""The spine: decide / evolve over one ledger. It routes; it calculates nothing.

decide(state, seen, observation, now) -> facts and follow-ups. Pure and total.
evolve(state, entry, fact)            the only way a state changes; the same function live, at
                                      start-up, at the centre and in tests.
step                                  decide, evolve, then decide on the follow-ups, until none:
                                      one unit, never split over two transactions.
"""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, assert_never

from edgenode.core import adoption, life, person
from edgenode.core.hedge import overlay
from edgenode.core.observations import (
    Act,
    Born,
    CancelAsked,
    CentreSaid,
    Decision,
    DigestDue,
    EventDeclared,
    Filled,
    Funded,
    Observation,
    OrderAsked,
    PauseAsked,
    Reported,
    Requote,
    SliceDue,
    Started,
    StateAsked,
    Tick,
)
from edgenode.core.orders import entry as order_entry
from edgenode.core.orders import quotes, reports
from edgenode.core.seen import Seen
from edgenode.core.state.fills import Change
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.hlc import Hlc
from edgenode.model.ids import DESK_OVERLAY, Actor, is_customer
from edgenode.model.ledgers import Entry, LedgerId
from edgenode.wire import facts as wire_facts

STEP_DECISIONS_MAX = 64
CLOSED_ORDERS_KEPT = 256
NODE = "rule:node"


class Recorded(NamedTuple):
    """An entry with the fact it holds."""

    entry: Entry
    fact: f.Fact


def decide(  # noqa: C901, PLR0911, PLR0912  routes: one return per kind of observation
    state: NodeState, seen: Seen, observation: Observation, now_ns: int
) -> Decision:
    """Look and judge; name what follows. Changes nothing."""
    match observation:
        case OrderAsked():
            return order_entry.asked(state, seen, observation, now_ns)
        case SliceDue():
            return order_entry.asked(
                state, seen, OrderAsked(observation.intent, Actor("rule:overlay")), now_ns
            )
        case CancelAsked():
            return order_entry.cancel(state, observation, now_ns)
        case Reported():
            return reports.reported(state, seen, observation.event, now_ns)
        case Filled():
            return reports.after_fill(state, observation.order_id, now_ns)
        case Requote():
            return quotes.renewed(state, seen, observation.instrument, now_ns)
        case Tick():
            return _tick(state, seen, now_ns)
        case CentreSaid():
            return adoption.centre_said(state, observation.data, now_ns)
        case Born() | Started() | Funded() | DigestDue():
            return life.decide(state, observation, now_ns)
        case PauseAsked() | StateAsked() | EventDeclared():
            return person.decide(state, observation, now_ns)
        case _:
            assert_never(observation)


def evolve(state: NodeState, entry: Entry, fact: f.Fact) -> None:  # noqa: C901, PLR0912, PLR0915  routes
    """Let one recorded fact take effect. Entries come in seq order without a gap."""
    if entry.seq != state.size + 1:
        raise InvariantBrokenError(
            f"entry {entry.seq} after {state.size}", expected=f"entry {state.size + 1}"
        )
    state.size = entry.seq
    match fact:
        case f.OrderGated():
            state.orders.gated(fact, entry.seq)
            state.escrow.gated(fact)
            state.limits.count(fact.venue, fact.at_ns)
        case f.OrderDenied():
            state.orders.denied(fact, entry.seq)
        case f.OrderSent():
            state.orders.moved(fact.order_id, "sent")
        case f.OrderWorking():
            state.orders.moved(fact.order_id, "working")
        case f.OrderUnknown():
            state.orders.moved(fact.order_id, "unknown")
        case f.OrderDone():
            gated = state.orders.orders[fact.order_id].gated
            state.escrow.done(gated, state.orders.done(fact, entry.seq))
        case f.FillRecorded():
            _book(state, state.fills.recorded(fact, entry.seq))
        case f.FillDisputed():
            _book(state, state.fills.contradicted(fact))
        case f.FillCorrected():
            _book(state, state.fills.corrected(fact))
        case f.FillBusted():
            _book(state, state.fills.busted(fact))
        case f.QuotesSet():
            before = state.orders.quotes.get(fact.instrument)
            state.orders.quoted(fact)
            state.escrow.quoted(fact, before=before)
        case f.HedgePlanned():
            state.mandates.planned(fact)
        case f.Adopted():
            adoption.adopt(state, fact)
        case f.AccountFunded():
            state.wallet.funded(fact)
        case f.BootStarted():
            state.orders.booted(fact)
        case f.OrdersClosed():
            state.orders.closed(fact)
            state.fills.closed(fact.to_seq, state.orders.holds)
        case f.TradingStateSet():
            state.limits.state_set(fact)
        case f.PauseSet():
            state.limits.pause_set(fact)
        case f.MicroEventOpened():
            state.limits.event_opened(fact)
        case f.MicroEventClosed():
            state.limits.event_closed(fact)
        case f.BreakOpened():
            state.breaks.opened(fact)
        case f.BreakClosed():
            state.breaks.closed(fact)
        case _:
            assert isinstance(fact, (f.Genesis, f.StateDigest)), f"{type(fact).__name__} here"


def fold(state: NodeState, entries: Iterable[Entry]) -> NodeState:
    """Evolve a run of recorded entries; returns the same state."""
    for entry in entries:
        evolve(state, entry, wire_facts.decode(entry.kind, entry.body))
    return state


def step(
    state: NodeState, seen: Seen, observation: Observation, *, now_ns: int, wall_ns: int, hlc: Hlc
) -> list[Recorded]:
    """Take one step: everything that follows from one observation, as one unit."""
    todo: deque[Observation] = deque([observation])
    recorded: list[Recorded] = []
    for _ in range(STEP_DECISIONS_MAX):
        if not todo:
            return recorded
        decision = decide(state, seen, todo.popleft(), now_ns)
        for act in decision.acts:
            entry = record(state, act, hlc.stamp(wall_ns))
            evolve(state, entry, act.fact)
            recorded.append(Recorded(entry, act.fact))
        todo.extend(decision.then)
    raise InvariantBrokenError(
        f"a step of {type(observation).__name__} did not end",
        expected=f"at most {STEP_DECISIONS_MAX} decisions",
    )


def record(state: NodeState, act: Act, hlc: int) -> Entry:
    """Give a fact its place: the next seq, its stamp and its idempotency key (hlc || seq)."""
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
    """Give the state before the first entry."""
    return NodeState.empty(ledger)


def _book(state: NodeState, change: Change) -> None:
    """Take out of the books what no longer holds, and put in what does."""
    for fact in change.out:
        instrument = state.limits.instruments[fact.instrument]
        state.positions.filled(fact, instrument, times=-1)
        if is_customer(fact.account):
            state.obligations.filled(fact, instrument, times=-1)
        state.orders.unfilled(fact)
        state.escrow.unfilled(fact, instrument)
    if change.into is None:
        return
    fact = change.into
    instrument = state.limits.instruments[fact.instrument]
    state.positions.filled(fact, instrument)
    if is_customer(fact.account):
        state.obligations.filled(fact, instrument)
    before, after = state.orders.filled(fact)
    state.escrow.filled(fact, instrument, change.cost_minor, before=before, after=after)
    if fact.account == DESK_OVERLAY and not state.positions.net(DESK_OVERLAY, fact.instrument):
        state.escrow.flat(fact.instrument)


def _tick(state: NodeState, seen: Seen, now_ns: int) -> Decision:
    """Give what is due: ended micro-events, quotes, hedge slices, closed orders to fold away."""
    acts: list[Act] = []
    then: list[Observation] = []
    for event_id in state.limits.ended(now_ns):
        closed = f.MicroEventClosed(at_ns=now_ns, event_id=event_id, reason="ended")
        acts.append(Act(closed, "rule:calendar"))
    policy = state.limits.policy
    if policy is not None:
        for instrument in state.limits.instruments.values():
            then.append(Requote(instrument.id))
            if overlay.due(state, policy, instrument, now_ns):
                hedge = overlay.planned(state, seen, policy, instrument, now_ns)
                acts += hedge.acts
                then += hedge.then
    if state.orders.ended_count > CLOSED_ORDERS_KEPT:
        acts.append(Act(f.OrdersClosed(at_ns=now_ns, to_seq=state.size), NODE))
    return Decision(tuple(acts), tuple(then))
