"""Breaks as rows to read, at a box and at the centre: in words, with what may be decided.

Those that are open are listed; one that was decided is shown by its id, for another decision may
correct the first.
"""

from typing import Any

from edgenode.core.breaks import evidence, proposals
from edgenode.core.breaks.executions import DESK_ACCOUNTS, named, versions
from edgenode.core.breaks.resolving import DECISIONS
from edgenode.core.breaks.words import trade, words
from edgenode.core.state.breaks import Decided
from edgenode.core.state.node_state import NodeState
from edgenode.model import currencies
from edgenode.model.break_types import BALANCE, CARRY_IN, POSITION, RESTORED, VERSION
from edgenode.model.facts import BreakOpened, FillRecorded, ResolutionProposed
from edgenode.model.instants import instant
from edgenode.model.money import Money

Json = dict[str, Any]
CLOSE = "Close it once it is explained: edgenode breaks close ID --reason TEXT"
OF_DIFFERENCES = {BALANCE: " --amount N", POSITION: " --amount N [--price P]"}
DECIDE = "If the venue never settles it, decide: edgenode breaks show ID, then breaks resolve ID"


def listed(state: NodeState) -> list[Json]:
    """Return the open breaks, then decided ones of which another decision waits for a person."""
    breaks = state.breaks
    again = [one for id_, one in sorted(breaks.proposals.items()) if id_ not in breaks.open]
    return [
        *(_row(state, said) for _, said in sorted(breaks.open.items())),
        *(_again(state, waiting) for waiting in again),
    ]


def one(state: NodeState, break_id: str) -> Json | None:
    """Return a break with the versions of its execution and what people may decide.

    None if it is neither open nor was decided.
    """
    said, waiting = state.breaks.open.get(break_id), state.breaks.proposals.get(break_id)
    decided = state.breaks.decided.get(break_id)
    if said is not None:
        row, told = _row(state, said), versions(state, said)
    elif waiting is not None:
        key = named(state, break_id)
        row, told = _again(state, waiting), state.fills.versions(key) if key else ()
    elif decided is not None:
        row, told = _decided(decided), versions(state, decided.opened)
    else:
        return None
    type_ = row["type"]
    admitted = DECISIONS.get(type_, ())
    return {
        **row,
        "evidence": evidence.name_of(evidence.of_break(state, break_id)) if admitted else None,
        "decisions": list(admitted),
        "decide": [_option(type_, one) for one in admitted],
        "persons": _persons(state, type_) if admitted else "",
        "versions": [_version(state, fact) for fact in told],
    }


def ends_by(type_: str) -> str:
    """Return how a person ends a break of a type: by a decision, or by closing it."""
    return DECIDE if type_ in DECISIONS else CLOSE


def _row(state: NodeState, said: BreakOpened) -> Json:
    proposed = state.breaks.proposals.get(said.break_id)
    waiting = proposals.row(state, proposed) if proposed else None
    return {
        "break_id": said.break_id,
        "type": said.type,
        "subject": said.subject,
        "detail": said.detail,
        "since": instant(said.at_ns),
        **words(state, said),
        "ends_by": f"{waiting['said']}. {waiting['waits']}" if waiting else ends_by(said.type),
        "proposed": waiting,
    }


def _again(state: NodeState, proposed: ResolutionProposed) -> Json:
    """Return a break that was decided, and that one person decides otherwise."""
    type_, _, subject = proposed.break_id.partition(":")
    waiting = proposals.row(state, proposed)
    return {
        "break_id": proposed.break_id,
        "type": type_,
        "subject": subject,
        "detail": "",
        "since": instant(proposed.at_ns),
        "text": "This was decided, and one person decides otherwise; what was decided stands",
        "do": "Ask who decided it",
        "ends_by": f"{waiting['said']}. {waiting['waits']}",
        "proposed": waiting,
    }


def _decided(held: Decided) -> Json:
    """Return a break that was decided."""
    opened, resolved = held
    persons = " and ".join(resolved.persons)
    return {
        "break_id": opened.break_id,
        "type": opened.type,
        "subject": opened.subject,
        "detail": opened.detail,
        "since": instant(resolved.at_ns),
        "text": f"Decided by {persons} as {resolved.decision}: {resolved.effect}",
        "do": "Nothing, unless that was wrong",
        "ends_by": "Another decision corrects it: edgenode breaks resolve ID",
        "proposed": None,
    }


def _option(type_: str, decision: str) -> str:
    """Return how a decision is said."""
    if decision == VERSION:
        return "--version DIGITS"
    if decision == CARRY_IN:
        return f"--carry-in {'|'.join(DESK_ACCOUNTS)}{OF_DIFFERENCES.get(type_, '')}"
    return proposals.flag(decision)


def _persons(state: NodeState, type_: str) -> str:
    """Return who must say a decision too."""
    policy = state.rules.policy
    if type_ in {*OF_DIFFERENCES, RESTORED} or policy is None:
        return "A second person must say the same"
    most = Money(policy.decide_alone_max, policy.currency)
    return f"Above {currencies.worded(state.rules.currencies, most)} a second person must too"


def _version(state: NodeState, fact: FillRecorded) -> Json:
    fee = currencies.as_json(state.rules.currencies, Money(fact.fee_minor, fact.fee_currency))
    return {
        "hash": fact.content_hash.hex(),
        "text": trade(state, fact),
        "order_id": fact.order_id,
        "account": fact.account,
        "fee": fee,
    }
