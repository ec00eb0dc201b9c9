"""Server-sent events from bytes, in any pieces; lines and events are bounded.

    line             meaning
    ---------------  -----------------------------------------------------
    data: TEXT       a line of the event's text
    id: ID           its id, and that of later events without one
    : ANYTHING       a sign of life
    (empty)          the event is whole
    anything else    passed over: event names and pauses mean nothing here

Source: WHATWG HTML, server-sent events, 9.2.6 (interpreting an event stream).
"""

from edgenode.model.errors import RefusedError
from edgenode.ports.feeds import FeedMessage

LINE_MAX = 1 << 18  # bytes: a push has at most 64 KiB, and JSON may be spaced
EVENT_MAX = 1 << 18
ID_MAX = 256
BOM = b"\xef\xbb\xbf"


class EventReader:
    """What a server has told on one connection, up to now."""

    def __init__(self) -> None:
        self._rest = b""
        self._began = False
        self._after_cr = False  # a line feed that follows it ends no line
        self._data: list[bytes] = []
        self._size = 0
        self._id = ""

    def take(self, data: bytes) -> list[FeedMessage]:
        """Take bytes; return the messages that became whole.

        EN004 if a line or an event is too long, EN002 if it is no UTF-8: the connection is no use.
        """
        if self._after_cr and data:
            data, self._after_cr = data.removeprefix(b"\n"), False
        if data.endswith(b"\r"):
            self._after_cr = True
        whole = (self._rest + data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not self._began and len(whole) >= len(BOM):
            whole, self._began = whole.removeprefix(BOM), True
        *lines, self._rest = whole.split(b"\n")
        if len(self._rest) > LINE_MAX:
            raise _too_long("a line", LINE_MAX)
        found: list[FeedMessage] = []
        for line in lines:
            message = self._line(line)
            if message is not None:
                found.append(message)
        return found

    def _line(self, line: bytes) -> FeedMessage | None:
        if len(line) > LINE_MAX:
            raise _too_long("a line", LINE_MAX)
        if not line:
            return self._event()
        if line.startswith(b":"):
            return FeedMessage("")
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
            self._size += len(value) + 1
            if self._size > EVENT_MAX:
                raise _too_long("an event", EVENT_MAX)
        elif field == b"id" and b"\0" not in value:
            self._id = _text(value)[:ID_MAX]
        return None

    def _event(self) -> FeedMessage | None:
        data, self._data, self._size = self._data, [], 0
        return FeedMessage(_text(b"\n".join(data)), self._id) if data else None


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise RefusedError(
            f"an event that is no UTF-8: {error.reason}",
            expected="server-sent events in UTF-8",
            do="mend the feed's server",
            code="EN002",
        ) from error


def _too_long(what: str, most: int) -> RefusedError:
    return RefusedError(
        f"{what} of more than {most} bytes",
        expected=f"at most {most}",
        do="let the feed's server send fewer rows at once",
        code="EN004",
    )
