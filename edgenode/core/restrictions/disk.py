"""Room on the disk: the cause `disk` on the node, as strict as the room that is left asks for."""

from edgenode.core.observations import NOTHING, Decision, DiskFound
from edgenode.core.restrictions.causes import DISK, lift, requotes, restrict
from edgenode.core.state.node_state import NodeState
from edgenode.core.state.restrictions import NODE


def decide(state: NodeState, found: DiskFound, now_ns: int) -> Decision:
    """Record what the room on the disk permits if that changes."""
    evidence = f"{found.free_mib} MiB free"
    if found.level == "active":
        acts = lift(state, NODE, DISK, "there is room on the disk again", evidence, now_ns)
    else:
        reason = f"the disk is nearly full: {found.free_mib} MiB were free"
        acts = restrict(state, NODE, DISK, found.level, reason, evidence, now_ns)
    return Decision(acts, requotes(state)) if acts else NOTHING
