"""What a node will make of facts that it has not adopted yet: judged before they are told.

The same rules as at the node (core/centre/fitness), over its folded state and over what was told
before and waits. It is the desk's early warning and no promise: the node judges again as it
adopts, and may have moved on by then.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace

from edgenode.core.centre import adoption
from edgenode.core.centre.fitness import unfit
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Approval, CarriedIn, Fact, Genesis, ResolutionAsked

NO_RULE = (Genesis, CarriedIn, Approval, ResolutionAsked)  # no other fact's fitness reads them


def refused(
    state: NodeState, waiting: Iterable[Fact], told: Iterable[Fact], now_ns: int
) -> list[str]:
    """Return why the node will not apply each told fact, "" where it will. Changes nothing."""
    ahead = replace(
        state,
        rules=deepcopy(state.rules),
        grants=deepcopy(state.grants),
        mandates=deepcopy(state.mandates),
    )
    for fact in waiting:
        _adopted(ahead, fact, now_ns)
    return [_adopted(ahead, fact, now_ns) for fact in told]


def _adopted(ahead: NodeState, fact: Fact, now_ns: int) -> str:
    """Let a fact take effect, if it can; returns why it cannot."""
    reason = unfit(ahead, fact, now_ns)
    if not reason and not isinstance(fact, NO_RULE):
        adoption.apply(ahead, fact, now_ns, by="")
    return reason
