"""What waits for the writer: bounded, with room of its own for what takes risk off, in batches."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from edgenode.core.state.snapshot import Snapshot
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.ledgers import Entry, ExternalId, Head
from edgenode.ports.ledger import Names

BATCH_ENTRIES = 1_000
BATCH_BYTES = 128 * 1024  # of bodies; so that one frame of sync holds a batch
BACKLOG_ENTRIES = 4_096
RESERVED_ENTRIES = 1_024  # beyond the backlog, for what takes risk off


class Append(NamedTuple):
    """One unit that waits: never split over two transactions."""

    entries: Sequence[Entry]
    names: Names
    snapshot: Snapshot | None
    durable: asyncio.Future[Head]


class Backlog:
    """Keeps account of what is not durable yet; opens and closes the room for more.

    It lives on the event loop, beside the writer: whoever appended hears here how it ended.
    """

    def __init__(self) -> None:
        self.entries = 0
        self.named: dict[ExternalId, Entry] = {}
        self.ordinary, self.reserved = asyncio.Event(), asyncio.Event()
        self._grow(0)

    def add(self, entries: Sequence[Entry], names: Names, snapshot: Snapshot | None) -> Append:
        """Count a unit that waits from now on."""
        for name, seq in names:
            self.named[name] = entries[seq - entries[0].seq]
        self._grow(len(entries))
        durable: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
        return Append(entries, names, snapshot, durable)

    def settle(self, batch: Sequence[Append], outcome: Head | InvariantBrokenError) -> None:
        """Remove units that are durable under a head, or failed; tell whoever waits for them."""
        self._grow(-sum(len(append.entries) for append in batch))
        for append in batch:
            for name, _ in append.names:
                self.named.pop(name, None)
            if append.durable.done():  # cancelled: the caller went away, the entries did not
                continue
            if isinstance(outcome, Head):
                append.durable.set_result(outcome)
            else:
                append.durable.set_exception(outcome)

    async def room(self, *, urgent: bool = False) -> None:
        """Wait until the queue takes another step."""
        await (self.reserved if urgent else self.ordinary).wait()

    def _grow(self, entries: int) -> None:
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


def batched(waiting: list[Append]) -> tuple[list[Append], list[Append]]:
    """Return (the next batch, what waits behind it).

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
