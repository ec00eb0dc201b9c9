"""What a person says: pause, restrict a scope, release a cause, end a break."""

from collections.abc import Container
from typing import assert_never

from edgenode.core.breaks import resolving
from edgenode.core.gate import approvals
from edgenode.core.observations import (
    NOTHING,
    Act,
    BreakCloseAsked,
    Decision,
    OfPerson,
    PauseAsked,
    PlanAnswered,
    ReleaseAsked,
    ResolveAsked,
    StateAsked,
)
from edgenode.core.restrictions import release, restore
from edgenode.core.restrictions.causes import HEDGES, PERSON, SCOPED, lift, requotes, restrict
from edgenode.core.seen import Seen
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import LEVELS, NODE
from edgenode.model import facts as f
from edgenode.model.errors import RefusedError
from edgenode.model.ids import NO_EVENT


def decide(state: NodeState, seen: Seen, observation: OfPerson, now_ns: int) -> Decision:
    """Decide on what a person asks for; it is recorded with who asked.

    RefusedError EN002 if a word or time makes no sense, EN006 if a scope, cause or break is
    unknown, EN507 if no person may release that cause now.
    """
    match observation:
        case PauseAsked():
            return _restricted(state, _pause(state, observation, now_ns))
        case StateAsked():
            _check_state(state, observation)
            return _restricted(state, _set(state, observation, now_ns))
        case ReleaseAsked():
            return _restricted(state, release.acts(state, seen, observation, now_ns))
        case PlanAnswered():
            return approvals.answered(state, observation, now_ns)
        case ResolveAsked():
            return restore.decided(
                state, resolving.decide(state, seen, observation, now_ns), now_ns
            )
        case BreakCloseAsked():
            return _close(state, observation, now_ns)
        case _:
            assert_never(observation)


def _pause(state: NodeState, asked: PauseAsked, now_ns: int) -> tuple[Act, ...]:
    """Set or lift the person's cause on the node, and on hedges.

    No pause loosens what stands: hedges that are held stay held until a person resumes.
    """
    words = (asked.reason, asked.actor, now_ns)
    if not asked.paused:
        node = lift(state, NODE, PERSON, *words, by=asked.actor)
    elif state.restrictions.find(NODE, PERSON) is None:
        node = restrict(state, NODE, PERSON, "reducing", *words, by=asked.actor)
    else:
        node = ()
    if asked.hedges and asked.paused:
        return (*node, *restrict(state, HEDGES, PERSON, "halted", *words, by=asked.actor))
    return node if asked.paused else (*node, *lift(state, HEDGES, PERSON, *words, by=asked.actor))


def _set(state: NodeState, asked: StateAsked, now_ns: int) -> tuple[Act, ...]:
    words = (asked.reason, asked.actor, now_ns)
    if asked.state == "active":
        return lift(state, asked.scope, SCOPED, *words, by=asked.actor)
    return restrict(state, asked.scope, SCOPED, asked.state, *words, by=asked.actor)


def _restricted(state: NodeState, acts: tuple[Act, ...]) -> Decision:
    return Decision(acts, requotes(state)) if acts else NOTHING


def _close(state: NodeState, asked: BreakCloseAsked, now_ns: int) -> Decision:
    if asked.break_id not in state.breaks.open:
        raise RefusedError(
            f"no break {asked.break_id} is open",
            expected="the id of an open break",
            do="edgenode breaks ls",
            code="EN006",
        )
    if resolving.must_be_decided(state, asked.break_id):
        raise RefusedError(
            f"break {asked.break_id} holds a difference, and closing it would hide that",
            expected="a decision about what is true",
            do="edgenode breaks show ID, then edgenode breaks resolve ID",
            code="EN408",
        )
    fact = f.BreakClosed(at_ns=now_ns, break_id=asked.break_id, reason=asked.reason)
    return Decision((Act(fact, asked.actor, automatic=False),), requotes(state))


def _check_state(state: NodeState, asked: StateAsked) -> None:
    """Refuse a word or scope that nothing looks at: it would look like a halt and stop nobody."""
    rules = state.rules
    if asked.state not in LEVELS:
        raise RefusedError(
            f"trading state {asked.state[:40]!r}",
            expected=" | ".join(LEVELS),
            do="use one of these words",
            code="EN002",
        )
    what, _, name = asked.scope.partition(":")
    known: Container[str] = ()
    match what:
        case "venue":
            known = rules.policy.venues if rules.policy else ()
        case "instrument":
            known = rules.instruments
        case "event":
            known = {*state.limits.events, NO_EVENT}
        case "account":
            known = {key.account for key in state.wallet.balances}
        case _:
            pass
    held = state.restrictions.find(asked.scope, SCOPED) is not None
    if asked.scope != NODE and not held and name not in known:
        raise RefusedError(
            f"scope {asked.scope[:40]!r}",
            expected="node, venue:, instrument:, event: or account: with a name known here",
            do="check the name: GET /api/v1/instruments, /positions and /limits show them",
            code="EN006",
        )
