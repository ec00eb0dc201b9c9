"""Reads on a link when entries leave for the centre, and when a cosignature comes back.

A time is that of the chunk that completes a message. What is no sync message is passed over: the
wire carries it, the tap only looks.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from edgenode.model.errors import RefusedError
from edgenode.model.ledgers import LedgerId
from edgenode.ports.clock import Clock
from edgenode.wire import checkpoint, message
from edgenode.wire.message import Push, PushAck

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"


@dataclass(slots=True)
class Tap:
    """What went over the link for one ledger: (market time, entries up to), in order."""

    clock: Clock
    ledger: LedgerId
    pushed: list[tuple[int, int]] = field(default_factory=list)
    cosigned: list[tuple[int, int]] = field(default_factory=list)

    def connection(self) -> tuple[Callable[[bytes], None], Callable[[bytes], None]]:
        """Return who hears a new connection's requests, and its answers."""
        there, back = Bodies(), Bodies()

        def asked(data: bytes) -> None:
            for body in there.feed(data):
                match _read(body):
                    case Push(frame=frame) if frame.ledger == self.ledger:
                        self.pushed.append((self.clock.now_ns(), frame.end))

        def answered(data: bytes) -> None:
            for body in back.feed(data):
                match _read(body):
                    case PushAck(ledger=ledger, note=note) if ledger == self.ledger:
                        self.cosigned.append((self.clock.now_ns(), checkpoint.parse(note).size))

        return asked, answered


@dataclass(slots=True)
class Bodies:
    """Cuts one direction of an HTTP/1.1 connection into bodies, by their `Content-Length`."""

    _rest: bytes = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each body that is whole by now; a message without a length has none."""
        self._rest += data
        while HEAD_END in self._rest:
            head, _, after = self._rest.partition(HEAD_END)
            length = _length(head)
            if len(after) < length:
                return
            body, self._rest = after[:length], after[length:]
            yield body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(LENGTH):
            return int(line[len(LENGTH) :])
    return 0


def _read(body: bytes) -> message.Message | None:
    try:
        return message.parse(body)
    except RefusedError:
        return None
