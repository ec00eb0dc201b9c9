"""Runway: until when a spend cap or a cost grant lasts, if it is used on at the present pace.

The pace is what was used since the cap or grant began, accepted worst cases included. One of which
a quarter is used, and that would be used up before its own end, is told while something is left.
"""

from collections.abc import Iterator
from typing import NamedTuple

from edgenode.core.state.limits import DAY_S, SECOND_NS
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import Policy
from edgenode.model.ids import NO_EVENT

DAY_NS = DAY_S * SECOND_NS
TOLD_FROM = 4  # of what a limit gives, one part in so many


class Runway(NamedTuple):
    """A limit that will not last: what, used and most of it, until when it lasts, its end."""

    subject: str  # event:ID or grant:ID
    used: int
    limit: int
    lasts_ns: int
    ends_ns: int


def short(state: NodeState, policy: Policy, now_ns: int) -> list[Runway]:
    """Return the caps and cost grants that will not last at the present pace."""
    found = []
    for subject, used, limit, began_ns, ends_ns in _limits(state, policy, now_ns):
        passed_ns = now_ns - began_ns
        if passed_ns <= 0 or now_ns >= ends_ns or used * TOLD_FROM < limit or not used:
            continue
        lasts_ns = now_ns + max(0, limit - used) * passed_ns // used
        if lasts_ns < ends_ns:
            found.append(Runway(subject, used, limit, lasts_ns, ends_ns))
    return found


def _limits(
    state: NodeState, policy: Policy, now_ns: int
) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield (subject, used, limit, began, ends) of each cap and cost grant that is in use."""
    limits, cap = state.limits, policy.event_spend_max
    today_ns = now_ns // DAY_NS * DAY_NS
    used = limits.used(NO_EVENT, now_ns)
    yield f"event:{NO_EVENT}", used, cap, today_ns, today_ns + DAY_NS
    for event_id, event in sorted(limits.events.items()):
        yield f"event:{event_id}", limits.used(event_id, now_ns), cap, event.starts, event.ends
    for grant_id, account in sorted(state.grants.accounts.items()):
        grant = account.grant
        if grant.kind == "cost" and not account.revoked:
            used = account.reserved + account.spent
            yield f"grant:{grant_id}", used, grant.limit, grant.at_ns, grant.expiry
