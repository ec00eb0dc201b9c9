"""A file that cannot be written whole leaves nothing, and what had its name stays."""

import errno
import os

import pytest

from edgenode.adapters import durable_file


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_is_full_keeps_the_file_as_it_was_and_no_part(tmp_path, monkeypatch, step):
    path = tmp_path / "report.html"
    durable_file.write(path, b"before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else type(path), step, full)
    with pytest.raises(OSError, match="No space left"):
        durable_file.write(path, b"after")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [(path.name, b"before")]
