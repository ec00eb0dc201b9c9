"""A clock that cannot be believed: the cause `clock` on the node, until it is credible again.

    the clock                                  recorded
    -----------------------------------------  -----------------------------------------------
    lags behind what is recorded               `clock` is set: the node only reduces
    is more than 400 days ahead of it          the same, at the time of the newest fact: what the
                                               clock says is never recorded
    is within these                            `clock` is lifted
    agrees with the centre's signed time       TimeTrusted: time counts from now; `clock` is lifted

While the clock is too far ahead, time stands still at the newest fact (`held_back`): nothing falls
due, no book has an age, and nothing is denied or ended for a time that never was. Once it is set
right, the node goes on at the next tick. A day of this release counts as recorded: a box that was
off for longer than 400 days needs the centre's time, or a newer release.

A start that a drill lets begin its time anew (`BootStarted.time_anew`) counts from that start.
"""

from edgenode.core.observations import Act, Observation, Started, Tick
from edgenode.core.restrictions.causes import CLOCK, lift, restrict
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE
from edgenode.core.sync.signed_time import Trusted
from edgenode.model.facts import TimeTrusted

AGREES_NS = 300 * 1_000_000_000  # a clock that a person sets agrees with the centre's within this
SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS


def due(state: NodeState, trusted: Trusted | None, now_ns: int) -> list[Act]:
    """Return what sets or lifts the cause, and the fact that lets time count from now."""
    limits = state.limits
    if not (limits.is_behind(now_ns) or limits.is_ahead(now_ns)):
        if not state.restrictions.held:
            return []
        if now_ns < limits.newest_ns:  # within what is allowed, but it has not caught up
            return []
        reason = "the clock agrees with what is recorded"
        return list(lift(state, NODE, CLOCK, reason, f"now {now_ns} ns", now_ns))
    if trusted is not None and _agrees(state, trusted, now_ns):
        fact = TimeTrusted(at_ns=now_ns, trusted_ns=trusted.now_ns, evidence=trusted.evidence)
        reason = "the clock agrees with the centre's signed time"
        return [Act(fact, "rule:clock"), *lift(state, NODE, CLOCK, reason, fact.evidence, now_ns)]
    return list(behind(state, now_ns))


def held_back(state: NodeState, observation: Observation, now_ns: int) -> int:
    """Return by how much a step's time is held back: 0 unless the clock is too far ahead.

    Not where the centre's time agrees with it, nor where a drill begins its time anew.
    """
    if not state.limits.is_ahead(now_ns):
        return 0
    match observation:
        case Started(time_anew=True):
            return 0
        case Tick(trusted=Trusted() as trusted) if _agrees(state, trusted, now_ns):
            return 0
        case _:
            return now_ns - state.limits.believed(now_ns)


def ahead(state: NodeState, ahead_ns: int, now_ns: int) -> list[Act]:
    """Return what restricts a node whose clock is so far ahead that its time is held back."""
    reason = f"the clock is {ahead_ns // DAY_NS} days ahead of what is recorded: not credible"
    evidence = f"recorded {now_ns} ns, the clock says {now_ns + ahead_ns} ns"
    return list(restrict(state, NODE, CLOCK, "reducing", reason, evidence, now_ns, renew=True))


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
