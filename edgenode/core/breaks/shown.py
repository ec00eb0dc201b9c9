"""Open breaks as rows to read, at a box and at the centre: in words, with what may be decided."""

from typing import Any

from edgenode.core.breaks.executions import versions
from edgenode.core.breaks.resolving import DECISIONS
from edgenode.core.breaks.words import trade, words
from edgenode.core.state.node_state import NodeState
from edgenode.model import currencies
from edgenode.model.facts import BreakOpened, FillRecorded, ResolutionProposed
from edgenode.model.instants import instant
from edgenode.model.money import Money

Json = dict[str, Any]
CLOSE = "Close it once it is explained: edgenode breaks close ID --reason TEXT"
DECIDE = "If the venue never settles it, decide: edgenode breaks show ID, then breaks resolve ID"


def listed(state: NodeState) -> list[Json]:
    """Return the open breaks."""
    return [_row(state, said) for _, said in sorted(state.breaks.open.items())]


def one(state: NodeState, break_id: str) -> Json | None:
    """Return an open break with the versions of its execution and what people may decide."""
    said = state.breaks.open.get(break_id)
    if said is None:
        return None
    return {
        **_row(state, said),
        "decisions": list(DECISIONS.get(said.type, ())),
        "versions": [_version(state, fact) for fact in versions(state, said)],
        "proposed": _proposed(state.breaks.proposals.get(break_id)),
    }


def ends_by(type_: str) -> str:
    """Return how a person ends a break of a type: by a decision, or by closing it."""
    return DECIDE if type_ in DECISIONS else CLOSE


def _row(state: NodeState, said: BreakOpened) -> Json:
    return {
        "break_id": said.break_id,
        "type": said.type,
        "subject": said.subject,
        "detail": said.detail,
        "since": instant(said.at_ns),
        **words(state, said),
        "ends_by": ends_by(said.type),
    }


def _proposed(waiting: ResolutionProposed | None) -> Json | None:
    if waiting is None:
        return None
    return {
        "decision": waiting.decision,
        "person": waiting.person,
        "reason": waiting.reason,
    }


def _version(state: NodeState, fact: FillRecorded) -> Json:
    fee = currencies.as_json(state.rules.currencies, Money(fact.fee_minor, fact.fee_currency))
    return {
        "hash": fact.content_hash.hex(),
        "text": trade(state, fact),
        "order_id": fact.order_id,
        "account": fact.account,
        "fee": fee,
    }
