"""`run --observe`: a copy of a box to look at. It records nothing, and asks no centre.

Whatever a copy records is a second history of the box's ledger, and two histories end the box
itself; whoever asks the centre with the box's key counts as the box. So an observer only folds
what its folder holds, and follows what venues publish. It reads no fills, cancels nothing and
submits nothing; every request to change something is turned away (EN121). It follows the box no
further than its folder goes: for a newer look, copy the folder again.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from edgenode.daemon.box import Box
from edgenode.daemon.view.status import OBSERVES_DO
from edgenode.model.errors import RefusedError
from edgenode.ports.venue import Venue

log = structlog.get_logger()


class ObservingError(RefusedError):
    """An observer records nothing."""

    code = "EN121"

    def __init__(self) -> None:
        super().__init__(
            "this node only observes: it records and submits nothing",
            expected="a node that was started without --observe",
            do=OBSERVES_DO,
        )


async def watch(box: Box, stop: asyncio.Event, started: Callable[[], None]) -> None:
    """Show the folder and the market until `stop` is set."""
    box.recorder.close(ObservingError)
    box.running.observes = True
    parts: list[Coroutine[Any, Any, None]] = [box.publish()]
    for venue in box.world.venues.values():
        parts += [_read(venue), box.board.follow(venue)]
    async with asyncio.TaskGroup() as tasks:
        watching = [tasks.create_task(part) for part in parts]
        box.world.notify(f"READY=1\nSTATUS=observing, {box.running.url}")
        started()
        log.info("observer_started", url=box.running.url, entries=box.opened.state.size)
        await stop.wait()
        for task in watching:
            task.cancel()


async def unrecorded(_: object) -> None:
    """Record nothing of a configuration that was read again."""


async def _read(venue: Venue) -> None:
    """Read a venue's stream for its books; what it tells of our account is the box's own."""
    async for _ in venue.events():
        pass
