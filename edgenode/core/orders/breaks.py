"""Breaks as rules open and close them: each once, under `type:subject`."""

from edgenode.core.observations import Act, Decision
from edgenode.core.state.node_state import NodeState
from edgenode.model.facts import BreakClosed, BreakOpened

DETAIL_MAX = 200
RULE = "rule:fills"


def opened(
    state: NodeState, type_: str, subject: str, detail: str, now_ns: int
) -> tuple[Act, ...]:
    """Open a break, once."""
    subject = text(subject)
    break_id = f"{type_}:{subject}"
    if break_id in state.breaks.open:
        return ()
    fact = BreakOpened(
        at_ns=now_ns, break_id=break_id, type=type_, subject=subject, detail=text(detail)
    )
    return (Act(fact, RULE),)


def closed(
    state: NodeState, type_: str, subject: str, reason: str, now_ns: int
) -> tuple[Act, ...]:
    """Close a break that evidence has explained."""
    break_id = f"{type_}:{text(subject)}"
    if break_id not in state.breaks.open:
        return ()
    return (Act(BreakClosed(at_ns=now_ns, break_id=break_id, reason=reason), RULE),)


def message(state: NodeState, venue: str, found: str, now_ns: int) -> Decision:
    """Open the one break of a venue whose messages cannot be taken at their word."""
    return Decision(opened(state, "venue_message", text(venue), found, now_ns))


def text(said: str) -> str:
    """Cut what others say in free text, and leave out what has no place in an entry."""
    return said[:DETAIL_MAX].encode("utf-8", "replace").decode()
