"""Room on the disk: too little of it stops risk before it stops the ledger.

The node is set to `reducing`, then to `halted`, while there is still room for the fills, cancels
and ends of what is open. It stays so until a person resumes it.
"""

import asyncio
from collections.abc import Callable

import structlog

from edgenode.core.observations import StateAsked
from edgenode.core.state.limits import STATES
from edgenode.model.ids import Actor
from edgenode.services.recorder import Recorder

log = structlog.get_logger()

LOOK_S = 1.0
RULE = Actor("rule:disk")
MIB = 1 << 20


def allowed(free_bytes: int, *, reducing_below: int, halted_below: int) -> str:
    """Give the trading state that this much room permits."""
    if free_bytes < halted_below:
        return "halted"
    return "reducing" if free_bytes < reducing_below else "active"


async def watch(
    recorder: Recorder, free: Callable[[], int], *, reducing_below: int, halted_below: int
) -> None:
    """Look at the disk for ever; tighten the node's state as room goes."""
    while True:
        found = free()
        state = allowed(found, reducing_below=reducing_below, halted_below=halted_below)
        present = recorder.state.limits.states.get("node", "active")
        if STATES.index(state) > STATES.index(present):
            reason = f"disk: {found // MIB} MiB free"
            log.warning("disk_low", free_mib=found // MIB, state=state)
            asked = StateAsked(scope="node", state=state, reason=reason, actor=RULE)
            await recorder.observe(asked)
        await asyncio.sleep(LOOK_S)
