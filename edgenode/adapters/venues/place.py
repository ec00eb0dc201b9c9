"""How far a venue's numbered stream was handed over, and in which epoch of its numbers.

    the venue                                  what follows
    -----------------------------------------  --------------------------------------------------
    tells the next number                      the place moves there
    leaves numbers out, or tells lower ones    the place stays: a snapshot is wanted
    names another epoch in a frame             the place stays: a snapshot is wanted
    shows a cursor behind the place at which   the numbers began anew: everything is read again,
    it was asked, or another epoch             and the place starts from that snapshot
    shows a cursor ahead, after a gap          the place moves there: its executions are read

Without I/O. A venue without epochs has "" for one; a cursor that lies behind still gives it away.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from edgenode.model.venue import MassStatus


@dataclass(slots=True)
class Place:
    """A place in one venue's stream; `epoch` is None until the venue has named one."""

    epoch: str | None = None
    cursor: int = 0  # all events up to here were handed over
    gap: bool = False  # events may be missing: a snapshot is wanted
    _last: int | None = None  # the last number on this connection

    def connected(self) -> None:
        """Begin a connection: numbers are in order from here on."""
        self._last = None

    def told(self, epoch: str, seq: int) -> bool:
        """Note an event that is handed over; returns whether its number is in order."""
        if self.epoch is None:
            self.epoch = epoch
        if epoch != self.epoch:
            self.gap = True
            return False
        last = self.cursor if self._last is None else self._last
        self._last = seq
        in_order = seq > last
        if in_order and (seq == self.cursor + 1 or self.cursor == 0):
            self.cursor = seq
            return True
        if in_order and seq <= self.cursor:
            return True  # on its way when a snapshot was read
        self.gap = True
        return False

    def began_anew(self, epoch: str, cursor: int, asked: int) -> bool:
        """Return whether a snapshot that was asked for from `asked` on is of other numbers."""
        return (self.epoch is not None and epoch != self.epoch) or cursor < asked

    def read(self, epoch: str, cursor: int) -> None:
        """Note a snapshot of these numbers, whose executions were all read."""
        self.epoch = epoch
        if self.gap:
            self.cursor, self.gap = max(self.cursor, cursor), False

    async def shown(
        self, ask: Callable[[int], Awaitable[MassStatus]], *, whole: bool
    ) -> MassStatus:
        """Return a snapshot, asked for by `ask(cursor)`; all of it if the numbers began anew."""
        asked = 0 if whole else self.cursor
        status = await ask(asked)
        if not self.began_anew(status.epoch, status.cursor, asked):
            self.read(status.epoch, status.cursor)
            return status
        status = replace(await ask(0), began_anew=True)
        self.start(status.epoch, status.cursor)
        return status

    def start(self, epoch: str, cursor: int) -> None:
        """Set the place to read from: of a snapshot with other numbers, or the recorded one."""
        self.epoch, self.cursor, self.gap, self._last = epoch, cursor, False, None
