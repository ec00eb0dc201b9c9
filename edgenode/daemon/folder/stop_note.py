"""DIR/stopped: why the node stopped itself, for whoever looks at it while it is stopped.

The ledger cannot say it: a node stops itself because it must not write any more, and a full disk
takes no new file. So the file keeps one block of the disk, which is overwritten in place. It is a
help for people: nothing is decided by it, and where it cannot be written the log alone tells.

    it trades                        blank
    it stopped itself                the error's code and words, and when
    stopped by somebody, or killed   as before
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from edgenode.model.errors import EdgenodeError, RefusedError, UnreachableError
from edgenode.ports.clock import Clock
from edgenode.wire import foreign

ROOM_BYTES = 4_096
WORDS_MAX = 500
INTEGRITY = 13  # the exit code of errors about it


@dataclass(frozen=True, slots=True)
class Stopped:
    """What a node said as it stopped itself."""

    code: str
    found: str
    do: str
    at_ns: int


class StopNote:
    """The note of one data folder; no error of the disk leaves it."""

    def __init__(self, data: Path) -> None:
        self.path = data / "stopped"

    def read(self) -> Stopped | None:
        """Return why the node stopped itself; None if it did not, or the note cannot be read."""
        try:
            return foreign.json_as(self.path.read_bytes()[:ROOM_BYTES], Stopped)
        except (OSError, RefusedError):
            return None

    def clear(self) -> None:
        """Make it blank, and keep its room: the node trades."""
        self._put(b"")

    @contextmanager
    def watching(self, wall: Clock) -> Iterator[None]:
        """Note the error that ends the block, if it is one by which a node stops itself."""
        try:
            yield
        except BaseException as error:
            cause = innermost(error)
            if _is_fault(cause):
                self._write(cause, wall.now_ns())
            raise

    def _write(self, cause: BaseException, at_ns: int) -> None:
        known = cause if isinstance(cause, EdgenodeError) else None
        said = Stopped(
            code=known.code if known else "EN001",
            found=(str(cause) or type(cause).__name__)[:WORDS_MAX],
            do=(known.do if known else "look at the log, and tell who looks after the program")[
                :WORDS_MAX
            ],
            at_ns=at_ns,
        )
        self._put(json.dumps(asdict(said)).encode())

    def _put(self, text: bytes) -> None:
        with suppress(OSError):
            fd = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o644)
            try:
                # Power lost in here: blank, old, new or torn, which reads as blank.
                os.pwrite(fd, text.ljust(ROOM_BYTES), 0)
                os.fsync(fd)
            finally:
                os.close(fd)


def innermost(error: BaseException) -> BaseException:
    """Return the first cause within task groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _is_fault(cause: BaseException) -> bool:
    """Return whether a node stopped itself, or its ledger is broken; else it was turned away."""
    if isinstance(cause, RefusedError | UnreachableError):
        return cause.exit_code == INTEGRITY
    return isinstance(cause, Exception)
