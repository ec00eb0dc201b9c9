"""What a person says: pause, a trading state, a micro-event, the end of a break."""

from collections.abc import Container
from typing import assert_never

from edgenode.core.observations import (
    NOTHING,
    Act,
    BreakCloseAsked,
    Decision,
    EventDeclared,
    PauseAsked,
    Requote,
    StateAsked,
)
from edgenode.core.state.limits import CENTRE, STATES
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.errors import RefusedError
from edgenode.model.ids import NO_EVENT


def decide(
    state: NodeState,
    observation: PauseAsked | StateAsked | EventDeclared | BreakCloseAsked,
    now_ns: int,
) -> Decision:
    """Decide on what a person asks for; it is recorded with who asked.

    RefusedError EN002 where a word or time makes no sense, EN006 where a scope names nothing or no
    such break is open.
    """
    match observation:
        case PauseAsked():
            limits = state.limits
            if (limits.paused, limits.hedges_paused) == (
                observation.paused,
                observation.paused and observation.hedges,
            ):
                return NOTHING
            fact: f.Fact = f.PauseSet(
                at_ns=now_ns,
                paused=observation.paused,
                hedges=observation.hedges,
                reason=observation.reason,
            )
            requotes = tuple(Requote(name) for name in state.rules.instruments)
            return Decision((Act(fact, observation.actor, automatic=False),), requotes)
        case StateAsked():
            _check_state(state, observation)
            fact = f.TradingStateSet(
                at_ns=now_ns,
                scope=observation.scope,
                state=observation.state,
                reason=observation.reason,
            )
            requotes = tuple(Requote(name) for name in state.rules.instruments)
            return Decision((Act(fact, observation.actor, automatic=False),), requotes)
        case EventDeclared():
            if observation.event_id in state.limits.events:
                return NOTHING
            _check_event(observation)
            fact = f.MicroEventOpened(
                at_ns=now_ns,
                event_id=observation.event_id,
                source=observation.source,
                name=observation.name,
                starts=observation.starts,
                ends=observation.ends,
            )
            return Decision((Act(fact, observation.actor, automatic=False),))
        case BreakCloseAsked():
            return _close(state, observation, now_ns)
        case _:
            assert_never(observation)


def _close(state: NodeState, asked: BreakCloseAsked, now_ns: int) -> Decision:
    if asked.break_id not in state.breaks.open:
        raise RefusedError(
            f"no break {asked.break_id} is open",
            expected="the id of an open break",
            do="edgenode breaks ls",
            code="EN006",
        )
    fact = f.BreakClosed(at_ns=now_ns, break_id=asked.break_id, reason=asked.reason)
    requotes = tuple(Requote(name) for name in state.rules.instruments)
    return Decision((Act(fact, asked.actor, automatic=False),), requotes)


def _check_state(state: NodeState, asked: StateAsked) -> None:
    """A word or scope that nothing looks at would look like a halt and stop nobody."""
    rules, limits = state.rules, state.limits
    if asked.state not in STATES:
        raise RefusedError(
            f"trading state {asked.state[:40]!r}", expected=" | ".join(STATES), code="EN002"
        )
    what, _, name = asked.scope.partition(":")
    known: Container[str] = ()
    match what:
        case "venue":
            known = rules.policy.venues if rules.policy else ()
        case "instrument":
            known = rules.instruments
        case "event":
            known = {*limits.events, NO_EVENT}
        case _:
            pass
    held = asked.scope in limits.states and asked.scope != CENTRE  # the centre alone ends that
    if asked.scope != "node" and not held and name not in known:
        raise RefusedError(
            f"scope {asked.scope[:40]!r}",
            expected="node, venue:, instrument: or event: with a name that is known here",
            code="EN006",
        )


def _check_event(asked: EventDeclared) -> None:
    if not asked.event_id or asked.event_id == NO_EVENT:
        raise RefusedError(
            f"a micro-event named {asked.event_id!r}", expected="a name of its own", code="EN002"
        )
    if asked.ends <= asked.starts:
        raise RefusedError(
            "the event ends before it starts", expected="ends > starts", code="EN002"
        )
