"""A clock that lies behind the ledger: the cause `clock` on the node, until it is credible again.

    the clock                                  recorded
    -----------------------------------------  -----------------------------------------------
    lags behind what is recorded               `clock` is set: the node only reduces
    has caught up with what is recorded        `clock` is lifted
    agrees with the centre's signed time       TimeTrusted: time counts from now; `clock` is lifted

A start that a drill lets begin its time anew (`BootStarted.time_anew`) counts from that start.
"""

from edgenode.core.observations import Act
from edgenode.core.restrictions.causes import CLOCK, lift, restrict
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.core.sync.signed_time import Trusted
from edgenode.model.facts import TimeTrusted

AGREES_NS = 300 * 1_000_000_000  # a clock that a person sets agrees with the centre's within this
SECOND_NS = 1_000_000_000


def due(state: NodeState, trusted: Trusted | None, now_ns: int) -> list[Act]:
    """Return what sets or lifts the cause, and the fact that lets time count from now."""
    limits = state.limits
    if not limits.is_behind(now_ns):
        if not state.restrictions.held:
            return []
        if now_ns < limits.newest_ns:  # within what is allowed, but it has not caught up
            return []
        reason = "the clock has caught up with what is recorded"
        return list(lift(state, NODE, CLOCK, reason, f"now {now_ns} ns", now_ns))
    if trusted is not None and _agrees(state, trusted, now_ns):
        fact = TimeTrusted(at_ns=now_ns, trusted_ns=trusted.now_ns, evidence=trusted.evidence)
        reason = "the clock agrees with the centre's signed time"
        return [Act(fact, "rule:clock"), *lift(state, NODE, CLOCK, reason, fact.evidence, now_ns)]
    return list(behind(state, now_ns))


def behind(state: NodeState, now_ns: int) -> tuple[Act, ...]:
    """Return what restricts a node whose clock lies behind what it recorded."""
    newest_ns = state.limits.newest_ns
    if not state.limits.is_behind(now_ns):
        return ()
    reason = f"the clock is {(newest_ns - now_ns) // SECOND_NS} s behind what is recorded"
    evidence = f"now {now_ns} ns, recorded {newest_ns} ns"
    return restrict(state, NODE, CLOCK, "reducing", reason, evidence, now_ns)


def _agrees(state: NodeState, trusted: Trusted, now_ns: int) -> bool:
    """Return whether the centre's time lets time count from now.

    A clock alone never does, nor a time before one that did: else a clock that is set back would
    let grants live longer.
    """
    early = trusted.now_ns < state.limits.trusted_ns
    return not early and abs(trusted.now_ns - now_ns) <= AGREES_NS
