"""Breaks of nodes as the central book holds them, and decisions that people take at the desk.

A decision is told to the node, which judges it again as it judges one of its own people's, and
records it: the books follow there, and here with its next entries. So a decision that needs two
persons may have one at the box and one at the desk. It names the evidence that it is of: where the
node has heard more by then, it is adopted without effect.
"""

import re

from edgenode.central.desk import asked
from edgenode.central.desk.asked import Json
from edgenode.central.desk.told import tellable
from edgenode.central.folder import OpenedCentre
from edgenode.core.breaks import evidence, proposals, resolving, shown
from edgenode.core.breaks.carrying import amount_of, price_of
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.state.node_state import NodeState
from edgenode.model.errors import RefusedError
from edgenode.model.facts import ResolutionAsked, ResolutionProposed
from edgenode.model.ids import AccountId, NodeId

AT_BOX = re.compile(r"edgenode breaks (show|resolve) ([^\s,]+)")


async def ls(opened: OpenedCentre, args: Json) -> Json:
    """Return the open breaks of nodes."""
    rows = [
        _at_desk(node, row)
        for node in asked.named(opened, args)
        for row in shown.listed(opened.centre.book.states[node])
    ]
    return {"breaks": rows}


async def show(opened: OpenedCentre, args: Json) -> Json:
    """Return one break, open or decided, with its versions and the decisions that it admits."""
    node, state = _state(opened, args)
    row = shown.one(state, str(args["break_id"]))
    if row is None:
        raise RefusedError(
            f"no break {str(args['break_id'])[:200]!r} of {node} is open in the central book",
            expected="the id of an open break",
            do="edgecentral breaks ls",
            code="EN006",
        )
    return _at_desk(node, row)


def _at_desk(node: NodeId, row: Json) -> Json:
    """Return a row with its node, and with commands as they are said here."""
    return {"node_id": node, **_said_here(node, row)}


def _said_here(node: NodeId, row: Json) -> Json:
    here = dict(row)
    for key, value in row.items():
        if isinstance(value, str):
            here[key] = _text(node, value)
        elif isinstance(value, dict):
            here[key] = _said_here(node, value)
    return here


def _text(node: NodeId, text: str) -> str:
    return AT_BOX.sub(rf"edgecentral breaks \1 \2 --node {node}", text)


async def resolve(opened: OpenedCentre, args: Json) -> Json:
    """Tell a node what a person decided; RefusedError if its books here do not admit it."""
    node, state = _state(opened, args)
    tellable(opened, args)
    account, amount, price = (args.get(name) for name in ("account", "amount", "price"))
    break_id = str(args["break_id"])
    now_ns = opened.centre.market.now_ns()
    fact = ResolutionAsked(
        at_ns=now_ns,
        break_id=break_id,
        decision=str(args["decision"]),
        version=str(args["version"]) if args.get("version") else None,
        account=AccountId(str(account)) if account else None,
        carried=None if amount is None else amount_of(break_id, str(amount), state.rules),
        price_ticks=None if price is None else price_of(break_id, str(price), state.rules),
        evidence=str(args.get("evidence") or evidence.name_of(evidence.of_break(state, break_id))),
        person=str(args.get("actor") or "").strip(),
        reason=str(args["reason"]),
    )
    said = resolving.asked_of(fact, asked.actor(args))
    try:
        decided = resolving.decide(state, NOTHING_SEEN, said, now_ns)
    except RefusedError as error:
        error.do = _text(node, error.do)
        raise
    former = state.breaks.proposals.get(break_id)
    await opened.centre.tell(node, [fact], asked.actor(args))
    facts = (act.fact for act in decided.acts)
    waiting = next((fact for fact in facts if isinstance(fact, ResolutionProposed)), None)
    answer = proposals.told(state, waiting, former if waiting else None)
    answer["state"] = "waits_for_second_person" if waiting else "told"
    return _at_desk(node, {"node_id": node, "break_id": break_id, **answer})


def _state(opened: OpenedCentre, args: Json) -> tuple[NodeId, NodeState]:
    node = asked.one(opened, args)
    if node is None:
        raise RefusedError(
            "no node is named",
            expected="--node NODE",
            do="add --node, the node whose break it is",
            code="EN002",
        )
    return node, opened.centre.book.states[node]
