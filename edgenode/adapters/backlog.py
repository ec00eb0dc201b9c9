"""How much may wait for the writer: bounded, with room of its own for what takes risk off."""

import asyncio

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
        self.entries += entries
        for event, limit in (
            (self.ordinary, BACKLOG_ENTRIES),
            (self.reserved, BACKLOG_ENTRIES + RESERVED_ENTRIES),
        ):
            if self.entries <= limit:
                event.set()
            else:
                event.clear()
