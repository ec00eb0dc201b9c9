"""Logs: JSON for services and programs, readable text on a terminal. They never stop the node.

Whoever logs puts a line on a short list and goes on; a thread of its own writes. A line is lost,
and counted, where the list is full (a reader that does not read) or where writing fails (a reader
that went away, a disk without room). Writing is tried again with each line that follows.
"""

import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TextIO, cast

import structlog

from edgenode.adapters.clock import WallClock
from edgenode.ports.log import Lost

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
LINES_MAX = 2_000  # that wait: about half a megabyte
LINE_CHARS_MAX = 16_384
CLOSE_S = 1.0  # for what still waits as the process ends

Event = MutableMapping[str, Any]


class Sink:
    """A file of text that takes every line at once and may lose it. `write` is the way out."""

    def __init__(self, write: Callable[[bytes], int], *, lines_max: int = LINES_MAX) -> None:
        self.lost = Lost()
        self._out = write
        self._lines_max = lines_max
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._cut = False  # a line was written in part: the next begins on a line of its own
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Take a line; never waits for whoever reads, never fails."""
        line = text[:LINE_CHARS_MAX].rstrip("\n") + "\n"
        with self._changed:
            if len(self._waiting) >= self._lines_max:
                self._lose(f"nobody has read the last {self._lines_max} lines")
                return
            self._waiting.append(line.encode(errors="backslashreplace"))
            self._changed.notify_all()

    def flush(self) -> None:
        """Do nothing: lines are written as soon as they can be."""

    def close(self, seconds: float = CLOSE_S) -> None:
        """Wait a short time until what waits is written; the process ends either way."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def _run(self) -> None:
        while (line := self._next()) is not None:
            self._put(line)

    def _next(self) -> bytes | None:
        """Wait for the next line; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            return self._waiting.popleft() if self._waiting else None

    def _put(self, line: bytes) -> None:
        rest = b"\n" + line if self._cut else line
        size = len(rest)
        try:
            while rest:
                rest = rest[self._out(rest) :]
            self._cut = False
        except (OSError, ValueError) as error:  # ValueError: the file was closed
            self._cut = self._cut or len(rest) < size
            with self._changed:
                self._lose(str(error))

    def _lose(self, found: str) -> None:
        self.lost = Lost(self.lost.lines + 1, found, WallClock().now_ns())


class LogLevel:
    """Drops events below a level that may change while the process runs."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, _: object, method: str, event: Event) -> Event:
        """Return an event, or drop it."""
        if LEVELS.get(method, logging.CRITICAL) < LEVELS[self.name]:
            raise structlog.DropEvent
        return event


@dataclass(frozen=True, slots=True)
class Log:
    """The log of this process."""

    sink: Sink
    level: LogLevel


class Library(logging.Handler):
    """What libraries log by the standard module goes the same way."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log a record as an event of ours."""
        log = structlog.get_logger()
        told = {"logger": record.name, "text": record.getMessage(), "exc_info": record.exc_info}
        log.log(record.levelno, "library_said", **told)


def configure(*, level: str, to_stderr: bool) -> Log:
    """Set up structlog and the standard module once per process."""
    stream = sys.stderr if to_stderr else sys.stdout
    log = Log(Sink(_way_out(stream)), LogLevel(level))
    shared: list[structlog.typing.Processor] = [
        log.level,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=False)]
        if stream.isatty()
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS["debug"]),
        # It writes and flushes, no more.
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", log.sink)),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[Library()], level=logging.WARNING, force=True)
    return log


def _way_out(stream: TextIO) -> Callable[[bytes], int]:
    """Return what writes to a stream's file, past buffers that keep what a disk refused."""
    stream.flush()
    number = stream.fileno()
    return lambda data: os.write(number, data)
