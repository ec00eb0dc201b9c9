"""Room on the disk: too little of it stops risk before it stops the ledger.

The node is restricted to `reducing`, then to `halted`, while there is still room for the fills,
cancels and ends of what is open. Room lifts that again once it is a quarter above the limit.
"""

import asyncio
from collections.abc import Callable

import structlog

from edgenode.core.observations import DiskFound
from edgenode.core.restrictions.causes import DISK
from edgenode.core.state.restrictions import LEVELS, NODE
from edgenode.services.recorder import Recorder

log = structlog.get_logger()

LOOK_S = 1.0
MIB = 1 << 20


def allowed(free_bytes: int, *, reducing_below: int, halted_below: int) -> str:
    """Return the level that this much room asks for."""
    if free_bytes < halted_below:
        return "halted"
    return "reducing" if free_bytes < reducing_below else "active"


async def watch(
    recorder: Recorder, free: Callable[[], int], *, reducing_below: int, halted_below: int
) -> None:
    """Check the disk until canceled; restrict the node while room is scarce."""
    while True:
        found = free()
        held = recorder.state.restrictions.find(NODE, DISK)
        level = allowed(found, reducing_below=reducing_below, halted_below=halted_below)
        if held is not None and LEVELS.index(level) < LEVELS.index(held.level):
            # room that comes and goes around a limit must not write an entry each time
            level = allowed(
                found * 4 // 5, reducing_below=reducing_below, halted_below=halted_below
            )
        if level != (held.level if held else "active"):
            log.warning("disk_room_changed", free_mib=found // MIB, level=level)
            await recorder.observe(DiskFound(level=level, free_mib=found // MIB))
        await asyncio.sleep(LOOK_S)
