"""Set and lift one named cause at one scope; what is asked for and stands already is no fact.

    cause          held at            lifted by
    -------------  -----------------  -------------------------------------------------------
    person         node, hedges       a person: `resume`
    person:scope   any scope          a person, who sets that scope active again
    loss:day       node               a person: `release`, once the loss is within its limit
    loss:EVENT     event:EVENT        the same, or the end of the event
    stress:NAME    any scope          a person: `release`
    restore:VENUE  node               a reconcile of that venue without a difference
    unreconciled:VENUE  node, venue:  the next view of that venue that can be read
    centre         node               the centre's next answer
    disk           node               room on the disk
    clock          node               a clock that is credible, or the centre's signed time
    overdrawn      node               the end of the last break `grant_overdrawn`
    stale:VENUE    node, venue:,      a book of that venue younger than policy's limit
                   instrument:
    no_rate        node, instrument:  a rate younger than policy's limit
    observe        node               a start without --observe

No cause is lifted by the evidence of another one.
"""

from edgenode.core.observations import Act, Requote
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import RestrictionLifted, RestrictionSet
from edgenode.model.ids import DESK_OVERLAY

SCOPED = "person:scope"  # what a person restricted by name; no pause or resume touches it
PERSON, KILL, CENTRE, DISK, CLOCK = "person", "kill", "centre", "disk", "clock"
OVERDRAWN, NO_RATE, FORECAST, OBSERVE = "overdrawn", "no_rate", "forecast", "observe"
LOSS, STRESS, RESTORE, STALE = "loss", "stress", "restore", "stale"  # each followed by :NAME
UNRECONCILED = "unreconciled"  # likewise
HEDGES = f"account:{DESK_OVERLAY}"  # the scope at which a person holds hedges too
RELEASED_BY_PERSON = frozenset({LOSS, STRESS})
TEXT_MAX = 200


def restrict(  # noqa: PLR0913, PLR0917  what the fact says
    state: NodeState,
    scope: str,
    cause: str,
    level: str,
    reason: str,
    evidence: str,
    now_ns: int,
    *,
    by: str = "",
    renew: bool = False,
) -> tuple[Act, ...]:
    """Return the fact that sets a cause; nothing if it stands at this level already.

    `renew` also records another reason of what stands: only for causes whose words are few.
    """
    held = state.restrictions.find(scope, cause)
    if held is not None and held.level == level and not (renew and held.reason != _text(reason)):
        return ()
    fact = RestrictionSet(
        at_ns=now_ns,
        scope=scope,
        cause=cause,
        level=level,
        reason=_text(reason),
        evidence=_text(evidence),
    )
    return (_act(fact, by),)


def lift(  # noqa: PLR0913  what the fact says
    state: NodeState,
    scope: str,
    cause: str,
    reason: str,
    evidence: str,
    now_ns: int,
    *,
    by: str = "",
) -> tuple[Act, ...]:
    """Return the fact that lifts a cause; nothing if it does not stand."""
    held = state.restrictions.find(scope, cause)
    if held is None:
        return ()
    fact = RestrictionLifted(
        at_ns=now_ns,
        scope=scope,
        cause=cause,
        level=held.level,
        reason=_text(reason),
        evidence=_text(evidence),
    )
    return (_act(fact, by),)


def family(cause: str) -> str:
    """Return the kind of a cause: what stands before its colon."""
    return cause.partition(":")[0]


def requotes(state: NodeState) -> tuple[Requote, ...]:
    """Return the follow-ups of a change: every quote is looked at again."""
    return tuple(Requote(name) for name in state.rules.instruments)


def _act(fact: RestrictionSet | RestrictionLifted, by: str) -> Act:
    """A rule's act is automatic, a person's is not."""
    actor = by or f"rule:{family(fact.cause)}"
    return Act(fact, actor, automatic=actor.startswith("rule:"))


def _text(said: str) -> str:
    return said[:TEXT_MAX].encode("utf-8", "replace").decode()
