"""Breaks about an execution: which one it is, and which of its contents a decision says are true.

decision         true
---------------  -------------------------------------------------------------------------
both             all executions that were told, each as its last correction says. After a decision:
                 what it said and what was told since; if nothing was told since, all of them
version          the one that is named, or all those that are, with commas between
never_happened   none
carry_in         the one that is named; without a name what is booked, if nothing is
                 disputed. Those of no order of ours go to the account that is named, until
                 another decision names another one
"""

from edgenode.core.breaks.opening import subject_of
from edgenode.core.observations import ResolveAsked
from edgenode.core.state import outcomes
from edgenode.core.state.execution import Execution, FillKey, Ruling, key_of
from edgenode.core.state.links import LinkedFill, with_fees
from edgenode.core.state.node_state import NodeState
from edgenode.model.break_types import (
    CARRY_IN,
    FILL_CONTENT,
    NOT_AS_ORDERED,
    TOMBSTONE,
    UNKNOWN_ORDER,
)
from edgenode.model.errors import RefusedError
from edgenode.model.facts import BreakOpened, FillRecorded
from edgenode.model.ids import DESK_BOOK, DESK_OVERLAY, DESK_SUSPENSE

OF_EXECUTIONS = frozenset({FILL_CONTENT, UNKNOWN_ORDER, NOT_AS_ORDERED, TOMBSTONE})
DESK_ACCOUNTS = (DESK_BOOK, DESK_OVERLAY)
Contents = tuple[FillRecorded, ...]


def versions(state: NodeState, opened: BreakOpened) -> Contents:
    """Return the contents of the execution that a break is about; none if it is about another."""
    if opened.type not in OF_EXECUTIONS or opened.refers_to is None:
        return ()
    return state.fills.versions(key_of(opened.refers_to))


def named(state: NodeState, break_id: str) -> FillKey | None:
    """Return the execution of an open break, or of one that people decided; None if there is none.

    O(1) for an open break, else O(executions that people decided).
    """
    opened = state.breaks.subject_of(break_id)
    if opened is not None:
        return key_of(opened.refers_to) if opened.refers_to else None
    subject = break_id.partition(":")[2]
    found = (key for key in state.fills.ruled_on() if subject_of(key) == subject)
    return next(found, None)


def chosen(state: NodeState, asked: ResolveAsked, key: FillKey) -> Contents:
    """Return the contents that a decision says are true; EN002 or EN006 if it does not say so."""
    told = state.fills.versions(key)
    match asked.decision:
        case "both":
            return _all(state, key)
        case "never_happened":
            return ()
        case "version":
            return _named(state, key, told, asked.version)
        case _:
            assert asked.decision == CARRY_IN, f"{asked.decision} of an execution"
            return _carried(state, asked, key, told)


def _all(state: NodeState, key: FillKey) -> Contents:
    """Return all that is true if every execution is; EN002 if nobody can tell what that is."""
    execution = state.fills.execution(key)
    if execution is None:
        return state.fills.versions(key)
    ruling = execution.ruling if execution.disputed else None
    return tuple(
        fill
        for rows in outcomes.grouped(execution, lambda fill: fill.account).values()
        for fill in _true_of(execution, ruling, rows)
    )


def _true_of(execution: Execution, ruling: Ruling | None, rows: list[LinkedFill]) -> Contents:
    held = execution.true(ruling, rows) if ruling else []
    since = execution.since(ruling, with_fees(rows)) if ruling else rows
    base = with_fees([*held, *(row for row in since if row.rank is None)])
    ranks = sorted(row.rank for row in with_fees(rows) if row.rank)
    last = [row for row in with_fees(since) if row.rank and row.rank[:3] == ranks[-1][:3]]
    if not last:
        return tuple(row.fill for row in base)
    found = {row.fill.content_hash: row.fill for row in last}
    if len(found) > 1 or outcomes.several(len(base), rows):
        raise _unclear("which execution a correction is of, and which of them holds")
    return tuple(found.values())


def _named(state: NodeState, key: FillKey, told: Contents, wanted: str | None) -> Contents:
    """Return the contents that are named; EN002 if one is a correction of another one."""
    left = list(told)
    found = []
    for name in (wanted or "").split(","):
        found.append(_version(tuple(left), name.strip()))
        left = [one for one in left if one is not found[-1]]
    execution = state.fills.execution(key)
    groups = outcomes.grouped(execution, lambda fill: fill.account) if execution else {}
    for rows in groups.values():
        mine = [row for row in rows if any(row.fill is one for one in found)]
        contents = sum(row.rank is None for row in rows)
        if len(mine) > 1 and not outcomes.several(contents, rows):
            raise _unclear("an execution and its correction")
    return tuple(found)


def _unclear(found: str) -> RefusedError:
    return RefusedError(
        found,
        expected="each execution as it holds",
        do="name those that are true: edgenode breaks resolve ID --version HASH,HASH",
        code="EN002",
    )


def booked(state: NodeState, key: FillKey) -> Contents:
    """Return what is booked of an execution."""
    execution = state.fills.execution(key)
    return execution.held() if execution else state.fills.versions(key)


def _carried(state: NodeState, asked: ResolveAsked, key: FillKey, told: Contents) -> Contents:
    if asked.account not in DESK_ACCOUNTS:
        raise RefusedError(
            f"account {str(asked.account)[:40]!r}",
            expected=" or ".join(DESK_ACCOUNTS),
            do="say whose execution it is",
            code="EN002",
        )
    true = _sure(state, key, told)
    if asked.version is not None or not true:
        true = (_version(told, asked.version),)
    if not any(version.account == DESK_SUSPENSE for version in true):
        raise RefusedError(
            "an execution of an order of ours",
            expected="one that no order of ours explains",
            do="decide which of its versions is true",
            code="EN002",
        )
    return true


def _sure(state: NodeState, key: FillKey, told: Contents) -> Contents:
    """Return the contents that nobody disputes: what is booked, or the only one."""
    execution = state.fills.execution(key)
    if execution is not None and execution.disputed:
        return ()
    held = [fill.content_hash for fill in booked(state, key)]
    by_hash = {one.content_hash: one for one in told}
    return tuple(by_hash[one] for one in held) or told[: len(told) == 1]


def _version(told: Contents, wanted: str | None) -> FillRecorded:
    """Return the one content whose hash begins with `wanted`."""
    found = [v for v in told if wanted and v.content_hash.hex().startswith(wanted)]
    if len({v.content_hash for v in found}) != 1:
        known = ", ".join(sorted({v.content_hash.hex()[:16] for v in told}))
        raise RefusedError(
            f"version {(wanted or '')[:64]!r}",
            expected=f"the first digits of one of {known}",
            do="edgenode breaks show ID lists the versions",
            code="EN006",
        )
    return found[-1]  # a correction rather than what it restores
