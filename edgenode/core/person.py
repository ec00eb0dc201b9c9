"""What a person says: pause, a trading state, a micro-event, the end of a break."""

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
from edgenode.core.state.node_state import NodeState
from edgenode.model import facts as f
from edgenode.model.errors import RefusedError


def decide(
    state: NodeState,
    observation: PauseAsked | StateAsked | EventDeclared | BreakCloseAsked,
    now_ns: int,
) -> Decision:
    """Decide on what a person asks for; it is recorded with who asked.

    RefusedError EN006 where no such break is open.
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
            requotes = tuple(Requote(name) for name in limits.instruments)
            return Decision((Act(fact, observation.actor, automatic=False),), requotes)
        case StateAsked():
            fact = f.TradingStateSet(
                at_ns=now_ns,
                scope=observation.scope,
                state=observation.state,
                reason=observation.reason,
            )
            requotes = tuple(Requote(name) for name in state.limits.instruments)
            return Decision((Act(fact, observation.actor, automatic=False),), requotes)
        case EventDeclared():
            if observation.event_id in state.limits.events:
                return NOTHING
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
    requotes = tuple(Requote(name) for name in state.limits.instruments)
    return Decision((Act(fact, asked.actor, automatic=False),), requotes)
