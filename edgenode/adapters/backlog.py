"""What waits for the writer: bounded, with room of its own for what takes risk off, in batches."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from edgenode.core.state.snapshot import Snapshot
from edgenode.model.ledgers import Entry, Head
from edgenode.ports import Names

BATCH_ENTRIES = 1_000
BATCH_BYTES = 128 * 1024  # of bodies; so that one frame of sync holds a batch
BACKLOG_ENTRIES = 4_096
RESERVED_ENTRIES = 1_024  # beyond the backlog, for what takes risk off


class Backlog:
    """Counts the entries that are not durable yet; opens and closes the room for more."""

    def __init__(self) -> None:
        self.entries = 0
        self.ordinary, self.reserved = asyncio.Event(), asyncio.Event()
        self.grow(0)

    async def room(self, *, urgent: bool = False) -> None:
        """Wait until the queue takes another step."""
        await (self.reserved if urgent else self.ordinary).wait()

    def grow(self, entries: int) -> None:
        """Count entries that wait now, or wait no more."""
        before, self.entries = self.entries, self.entries + entries
        if max(before, self.entries) <= BACKLOG_ENTRIES and self.ordinary.is_set():
            return  # as nearly always: all is open, and stays so
        for event, limit in (
            (self.ordinary, BACKLOG_ENTRIES),
            (self.reserved, BACKLOG_ENTRIES + RESERVED_ENTRIES),
        ):
            if self.entries <= limit:
                event.set()
            else:
                event.clear()


class Append(NamedTuple):
    """One unit that waits: never split over two transactions."""

    entries: Sequence[Entry]
    names: Names
    snapshot: Snapshot | None
    durable: asyncio.Future[Head]


def batched(waiting: list[Append]) -> tuple[list[Append], list[Append]]:
    """Give (the next batch, what waits behind it).

    A batch is bounded unless one unit alone is larger; a snapshot ends it, so that a head is over
    its state.
    """
    count = entries = size = 0
    for append in waiting:
        entries += len(append.entries)
        for entry in append.entries:
            size += len(entry.body)
        if count and (entries > BATCH_ENTRIES or size > BATCH_BYTES):
            break
        count += 1
        if append.snapshot is not None:
            break
    return waiting[:count], waiting[count:]
