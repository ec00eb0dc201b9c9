"""A log whose reader goes away, does not read, or has no room: lines are lost and counted."""

import errno
import os
import threading

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from edgenode.adapters.logs import LogLevel, Sink

FAULTS = (errno.EPIPE, errno.ENOSPC, errno.EIO, errno.EBADF, errno.EAGAIN)


class Reader:
    """What is behind a log: takes bytes, in parts, or fails as a list of faults says."""

    def __init__(self, *faults):
        self.faults, self.taken = list(faults), b""

    def write(self, data):
        fault = self.faults.pop(0) if self.faults else None
        if fault is None:
            self.taken += data
            return len(data)
        if fault == "part":
            self.taken += data[:3]
            return 3
        raise OSError(fault, os.strerror(fault))


def written(sink):
    sink.close(seconds=30)


@given(st.lists(st.sampled_from([None, "part", *FAULTS]), max_size=30))
def test_whatever_fails_every_line_is_whole_or_counted(faults):
    reader = Reader(*faults)
    sink = Sink(reader.write)
    lines = [f"line {n:04d}" for n in range(20)]
    for line in lines:
        sink.write(line)
    written(sink)
    whole = [line for line in reader.taken.decode().splitlines() if line in lines]
    assert len(lines) - len(whole) <= sink.lost.lines <= len(faults)
    assert whole == sorted(whole)
    assert bool(sink.lost.lines) == bool(sink.lost.found) == (sink.lost.at_ns is not None)


def test_once_there_is_room_again_lines_are_written_again():
    reader = Reader(errno.ENOSPC, errno.ENOSPC)
    sink = Sink(reader.write)
    for line in ("one", "two", "three"):
        sink.write(line)
    written(sink)
    assert (reader.taken, sink.lost.lines) == (b"three\n", 2)
    assert sink.lost.found == "[Errno 28] No space left on device"


def test_a_reader_that_does_not_read_holds_nobody_up_and_costs_no_memory():
    ends = threading.Event()
    sink = Sink(lambda data: ends.wait() and len(data), lines_max=10)
    for n in range(1_000):
        sink.write(f"{n}" * 100_000)  # returns, or the test does not end
    assert 1_000 - 11 <= sink.lost.lines <= 1_000 - 10  # one of them may be at the reader
    assert sink.lost.found == "nobody has read the last 10 lines"
    ends.set()
    written(sink)


def test_a_level_may_change_while_the_process_runs():
    level = LogLevel("debug")
    assert level(None, "info", {"event": "x"}) == {"event": "x"}
    level.name = "warning"
    with pytest.raises(structlog.DropEvent):
        level(None, "info", {"event": "x"})
