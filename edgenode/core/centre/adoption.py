"""How a centre's entry takes effect: through `Adopted` in the node's own ledger, in order.

An entry that cannot be decoded, is of a kind that no centre may send, or makes no sense here
(core/centre/fitness), is adopted with applied = false and opens a break. It never stalls the
entries behind it.
"""

from collections.abc import Iterable
from dataclasses import replace

from edgenode.core.breaks import history, resolving
from edgenode.core.breaks.carrying import carried_in
from edgenode.core.breaks.opening import RULE, opened
from edgenode.core.centre.fitness import unfit
from edgenode.core.observations import NOTHING, Act, Decision, Requote
from edgenode.core.restrictions import restore
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.state import unwind
from edgenode.core.state.costs import lot_minor
from edgenode.core.state.execution import key_of
from edgenode.core.state.grants import Cursor
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.outcomes import Base
from edgenode.core.state.streams import Stream
from edgenode.core.state.unpriced import Owed
from edgenode.core.venues import reopening
from edgenode.model.break_types import NOT_APPLIED
from edgenode.model.errors import RefusedError
from edgenode.model.facts import (
    CARRIED_KINDS,
    DOWN_KINDS,
    Adopted,
    Approval,
    BreakOpened,
    CarriedBreak,
    CarriedExecution,
    CarriedFees,
    CarriedHistory,
    CarriedIn,
    CarriedPlace,
    Currency,
    Fact,
    FxRate,
    Genesis,
    Grant,
    GrantRevoked,
    Instrument,
    Mandate,
    Policy,
    ResolutionAsked,
    VenueLimit,
)
from edgenode.model.ids import InstrumentId
from edgenode.wire import entry as wire_entry
from edgenode.wire import facts as wire_facts

DATA_BYTES_MAX = 60_000


def centre_said(state: NodeState, data: bytes, now_ns: int) -> Decision:
    """Decide on a down-ledger entry; one that was adopted before decides nothing."""
    ledger, entry, _ = wire_entry.parse(data)
    cursor = state.grants.cursors.get(ledger.name)
    expected = cursor.seq + 1 if cursor else 1
    if entry.seq < expected:
        return NOTHING
    if entry.seq > expected:
        raise RefusedError(
            f"entry {entry.seq} of {ledger.name}",
            expected=f"entry {expected}, the next one",
            do="send the entries in order",
            code="EN306",
        )
    actor = f"centre:{ledger.party}"
    reason, follows = _unfit(state, entry.kind, entry.body, now_ns), NOTHING
    if not reason:
        fact = wire_facts.decode(entry.kind, entry.body)
        reason, follows = _follows(state, fact, actor, now_ns)
    adopted = Adopted(at_ns=now_ns, bytes=data, applied=not reason, reason=reason)
    acts = [Act(adopted, actor)]
    if reason:
        subject = f"{ledger.name}/{entry.seq}"
        opened = BreakOpened(
            at_ns=now_ns,
            break_id=f"not_applied:{subject}",
            type=NOT_APPLIED,
            subject=subject,
            detail=reason,
            refers_to=None,
        )
        acts.append(Act(opened, "rule:adopt"))
    return Decision((*acts, *follows.acts), follows.then)


def _follows(state: NodeState, fact: Fact, actor: str, now_ns: int) -> tuple[str, Decision]:
    """Return why a fact cannot take effect ("" if it can), and what it brings with it."""
    if isinstance(fact, CarriedBreak):
        about = key_of(fact.refers_to) if fact.refers_to else fact.subject
        counted = [Act(replace(fact.counted, at_ns=now_ns), RULE)] if fact.counted else []
        return "", Decision((*counted, *opened(state, fact.type, about, fact.detail, now_ns)))
    if isinstance(fact, CarriedHistory):
        return "", Decision(reopening.carried(fact.orders, now_ns))
    if not isinstance(fact, ResolutionAsked):
        return "", Decision((), tuple(map(Requote, _quotes_of(state, fact))))
    try:
        decided = resolving.decide(state, NOTHING_SEEN, resolving.asked_of(fact, actor), now_ns)
    except RefusedError as error:
        return error.found[:200], NOTHING
    return "", restore.decided(state, decided, now_ns)


def _quotes_of(state: NodeState, fact: Fact) -> Iterable[InstrumentId]:
    """Return the instruments of which the desk's quote may no longer be what limits allow."""
    match fact:
        case Policy() | GrantRevoked() | VenueLimit() | Grant(instrument=None):
            return state.rules.instruments
        case Grant(instrument=name) | Mandate(instrument=name) | Instrument(id=name):
            assert name is not None, "a grant without an instrument is for all"
            return (name,)
        case _:
            return ()


def adopt(state: NodeState, adopted: Adopted) -> None:
    """Evolve: move the cursor and let the entry's fact take effect."""
    ledger, entry, _ = wire_entry.parse(adopted.bytes)
    leaf = wire_entry.leaf_hash(adopted.bytes)
    before = state.grants.cursors.get(ledger.name)
    refused = before.refused if before else 0
    if not adopted.applied:
        refused = refused or entry.seq
    state.grants.cursors[ledger.name] = Cursor(entry.seq, leaf, refused)
    if adopted.applied:
        fact = wire_facts.decode(entry.kind, entry.body)
        apply(state, fact, adopted.at_ns, by=entry.actor)


def _unfit(state: NodeState, kind: str, body: bytes, now_ns: int) -> str:
    try:
        fact = wire_facts.decode(kind, body)
    except RefusedError as error:
        return error.found[:200]
    if not isinstance(fact, (Genesis, *CARRIED_KINDS, *DOWN_KINDS)):
        return f"{kind} is not for a down-ledger"
    return unfit(state, fact, now_ns)


def apply(state: NodeState, fact: Fact, now_ns: int, *, by: str) -> None:
    """Let a fact that fits take effect; `by` is who said it at the centre."""
    match fact:
        case Grant():
            state.grants.granted(fact)
            state.rules.version += 1
            unwind.fund(state)
        case GrantRevoked():
            state.grants.revoked(fact, by, now_ns)
            state.rules.version += 1
        case Mandate():
            state.mandates.mandated(fact)
        case Approval():
            state.limits.approvals.approved_by_centre(fact.plan_id, fact.digest)
        case CarriedIn():
            carried_in(state, fact)
        case CarriedFees():
            owed = Owed(fact.fees_minor, fact.counted_minor)
            state.limits.carried_fees((fact.event_id, fact.currency), owed)
        case CarriedPlace():
            state.orders.streams[fact.venue] = Stream(fact.epoch, fact.cursor)
        case CarriedExecution():
            state.fills.carried(history.execution_of(fact))
        case CarriedHistory() | CarriedBreak() | ResolutionAsked():
            pass  # found by its names (core/past), or its own facts follow here, in the same step
        case _:
            _apply_rule(state, fact, now_ns)
            unwind.fund(state)


def _apply_rule(state: NodeState, fact: Fact, now_ns: int) -> None:
    rules = state.rules
    match fact:
        case Currency():
            rules.currency_set(fact)
        case Policy():
            rules.policy_set(fact)
        case Instrument():
            rules.instrument_set(fact)
            state.fills.declared(fact.id, Base(fact.base, lot_minor(rules, fact)))
        case FxRate():
            rules.fx_set(fact, now_ns)
        case VenueLimit():
            rules.venue_limit_set(fact)
        case _:
            assert isinstance(fact, Genesis), f"{type(fact).__name__} cannot be adopted"
