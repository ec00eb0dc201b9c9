"""Files that others name: read up to a limit; what has no end is refused, never waited for."""

import os

import pytest

from edgenode.adapters import plain_file
from edgenode.model.errors import RefusedError, UnreachableError


def test_a_file_is_read_whole_up_to_its_limit(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"12345")
    assert plain_file.read(path, 5) == b"12345"
    with pytest.raises(RefusedError) as caught:
        plain_file.read(path, 4)
    assert (caught.value.code, caught.value.found) == ("EN004", "x: more than 4 bytes")


def test_a_pipe_a_device_and_a_folder_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe", tmp_path / "link", tmp_path):
        with pytest.raises(RefusedError) as caught:
            plain_file.read(path, 100)
        error = caught.value
        assert (error.code, error.expected, bool(error.do)) == ("EN002", "a plain file", True)


def test_what_the_system_does_not_let_us_read_is_told_as_that(tmp_path):
    with pytest.raises(UnreachableError, match="gone: No such file") as caught:
        plain_file.read(tmp_path / "gone", 100)
    assert caught.value.code == "EN404"


def test_a_name_that_is_no_text_is_shown_as_text():
    name = os.fsdecode(b"a\xff.csv")
    assert plain_file.shown(name) == "a\\udcff.csv"
    assert plain_file.shown("\u00e9.csv") == "\u00e9.csv"
