"""Why a node stopped itself: noted in place, read while it is stopped, blank once it trades."""

import asyncio
import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.daemon.folder.stop_note import ROOM_BYTES, StopNote
from edgenode.model.errors import InvariantBrokenError, RefusedError, UnreachableError


class At:
    def now_ns(self):
        return 7


def ended(note, error):
    with pytest.raises(type(error)), note.watching(At()):
        raise error


@given(st.text(), st.text())
def test_the_newest_fault_is_read_whatever_its_words_are_and_a_trading_node_has_none(
    tmp_path_factory, found, do
):
    note = StopNote(tmp_path_factory.mktemp("note"))
    ended(note, InvariantBrokenError("an older and much longer one" * 9, code="EN400"))
    room = note.path.stat().st_size
    ended(note, ExceptionGroup("", [InvariantBrokenError(found, do=do, code="EN303")]))
    said = note.read()
    assert (said.code, said.at_ns) == ("EN303", 7)
    assert found.startswith(said.found) or said.found == "InvariantBrokenError"
    assert do.startswith(said.do)
    assert note.path.stat().st_size == room == ROOM_BYTES
    note.clear()
    assert note.read() is None
    assert note.path.stat().st_size == ROOM_BYTES


@pytest.mark.parametrize(
    ("error", "noted"),
    [
        (RuntimeError("a bug"), "EN001"),
        (InvariantBrokenError("an old copy", code="EN407"), "EN407"),
        (RefusedError("entry 7", code="EN402"), "EN402"),
        (RefusedError("another process has it", code="EN403"), None),
        (RefusedError("port 80", code="EN008"), None),
        (UnreachableError("nobody answers"), None),
        (asyncio.CancelledError(), None),
        (KeyboardInterrupt(), None),
    ],
)
def test_only_a_node_that_stopped_itself_says_so(tmp_path, error, noted):
    note = StopNote(tmp_path)
    ended(note, error)
    said = note.read()
    assert (said and said.code) == noted


def test_what_ended_the_node_is_raised_though_the_note_cannot_be_written(tmp_path, monkeypatch):
    note = StopNote(tmp_path)
    note.clear()

    def full(*_):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "pwrite", full)
    ended(note, InvariantBrokenError("a commit failed", code="EN404"))
    assert note.read() is None


@pytest.mark.parametrize("torn", [b"", b"{", b"[]", b"7", b'{"code": "EN404"}', b"\xff\0" * 99])
def test_a_note_that_is_torn_reads_as_none(tmp_path, torn):
    note = StopNote(tmp_path)
    note.path.write_bytes(torn)
    assert note.read() is None
