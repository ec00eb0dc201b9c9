"""What restricts trading, in words: each cause with its reason, since when, and what ends it."""

from edgenode.core.restrictions import causes
from edgenode.core.restrictions.causes import family
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import LEVELS as STRICTNESS
from edgenode.core.state.restrictions import NODE, Restriction
from edgenode.daemon.view.units import Json
from edgenode.model.facts import Policy
from edgenode.model.instants import instant

A_PERSON = "person"  # with access to the control port
SECOND_MS = 1_000
# family of causes -> (what ends it, who may release it, what to do, code of the problem)
ENDS: dict[str, tuple[str, str | None, str, str]] = {
    causes.PERSON: ("a person resumes", A_PERSON, "edgenode resume", "EN121"),
    causes.SCOPED: (
        "a person who sets this scope active again",
        None,
        "Ask who restricted it: no resume ends it",
        "EN121",
    ),
    causes.KILL: ("two signed approvals", None, "edgenode kill --release", "EN121"),
    causes.LOSS: (
        "a person releases it, once the loss is within its limit",
        A_PERSON,
        "Look at why; then edgenode release {cause} --reason TEXT",
        "EN115",
    ),
    causes.STRESS: (
        "a person releases it",
        A_PERSON,
        "Look at why; then edgenode release {cause} --reason TEXT",
        "EN121",
    ),
    causes.RESTORE: (
        "a reconcile of {name} without a difference",
        None,
        "Nothing: each venue is reconciled by itself. Close the breaks that it finds",
        "EN304",
    ),
    causes.CENTRE: (
        "another answer of the centre",
        None,
        "a path to the centre, which alone ends it",
        "EN307",
    ),
    causes.OBSERVE: (
        "a start without --observe",
        None,
        "Stop it and start it without --observe",
        "EN121",
    ),
    causes.DISK: ("more room on the disk", None, "Make room on the ledger's disk", "EN404"),
    causes.CLOCK: (
        "a clock that is credible, or the centre's signed time",
        None,
        "Set the clock right. If it is right, a path to the centre settles it: it signs the time",
        "EN118",
    ),
    causes.OVERDRAWN: (
        "the end of every break grant_overdrawn",
        None,
        "Explain each of these breaks and close it: edgenode breaks ls",
        "EN113",
    ),
    causes.STALE: (
        "a book of {name} younger than {limit}",
        None,
        "Look at the venue and the path to it",
        "EN118",
    ),
    causes.UNRECONCILED: (
        "a reconcile of {name}",
        None,
        "Look at the venue and the path to it: its snapshot cannot be read",
        "EN302",
    ),
    causes.NO_RATE: ("a rate younger than {limit}", None, "Ask the desk for a rate", "EN130"),
    causes.FORECAST: ("a forecast within its limits", None, "Ask the desk", "EN121"),
}
UNNAMED = ("evidence of its own", None, "Ask the desk", "EN121")
LEVELS = {
    "reducing": "Only what reduces risk is let through",
    "halted": "Nothing but cancels is let through",
}


def rows(state: NodeState) -> list[Json]:
    """Return every cause at every scope, in the shape of `restrictions`."""
    return [
        {
            "scope": scope,
            "cause": cause,
            "level": row.level,
            "since": instant(row.since_ns),
            "reason": row.reason or row.evidence,
            "ends": _ends(state.rules.policy, cause),
            "released_by": _ends_of(cause)[1],
            "do": _ends_of(cause)[2].format(cause=cause),
        }
        for scope, cause, row in state.restrictions.rows()
    ]


def problems(state: NodeState) -> list[Json]:
    """Return the same as problems: what happened, what to do, since when.

    A cause at a venue that stands at the node too, no less strict there, is told once.
    """
    rows = list(state.restrictions.rows())
    of_node = {cause: STRICTNESS.index(row.level) for scope, cause, row in rows if scope == NODE}
    return [
        _problem(state, scope, cause, row)
        for scope, cause, row in rows
        if not scope.startswith("venue:") or of_node.get(cause, -1) < STRICTNESS.index(row.level)
    ]


def _ends_of(cause: str) -> tuple[str, str | None, str, str]:
    """Return the row of a cause, else of its family."""
    return ENDS.get(cause) or ENDS.get(family(cause), UNNAMED)


def paused(state: NodeState) -> bool:
    """Return whether a person paused the node."""
    return state.restrictions.find(NODE, causes.PERSON) is not None


def hedges_paused(state: NodeState) -> bool:
    """Return whether a person holds hedges too."""
    return state.restrictions.find(causes.HEDGES, causes.PERSON) is not None


def _problem(state: NodeState, scope: str, cause: str, row: Restriction) -> Json:
    _, _, do, code = _ends_of(cause)
    return {
        "code": code,
        "severity": "error" if row.level == "halted" else "warning",
        "text": f"{_what(cause, row)}. {LEVELS[row.level]}{_where(scope)}",
        "do": do.format(cause=cause),
        "since": instant(row.since_ns),
        "scope": scope,
        "cause": cause,
        "ends": _ends(state.rules.policy, cause),
    }


def _what(cause: str, row: Restriction) -> str:
    if family(cause) == causes.PERSON:
        done = "Paused" if cause == causes.PERSON else "Restricted"
        return f"{done} by {row.evidence}" + (f": {row.reason.rstrip('.')}" if row.reason else "")
    said = (row.reason or cause).rstrip(".")
    return said[:1].upper() + said[1:]


def _where(scope: str) -> str:
    kind, _, name = scope.partition(":")
    return "" if scope == NODE else f", for {kind} {name}"


def _ends(policy: Policy | None, cause: str) -> str:
    kind, _, name = cause.partition(":")
    return _ends_of(cause)[0].format(name=name, limit=_limit(policy, kind, name))


def _limit(policy: Policy | None, kind: str, name: str) -> str:
    if policy is None:
        return "policy's limit"
    if kind == causes.NO_RATE:
        return f"{policy.fx_age_ms_max // SECOND_MS} s"
    limits = [v.age_ms_max for v in policy.overlay_venues if v.venue == name]
    if name == policy.reference_venue:
        limits.append(policy.reference_age_ms_max)
    return f"{min(limits) // SECOND_MS} s" if limits else "policy's limit"
