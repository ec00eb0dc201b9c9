"""A signal's forecast on disk: what is kept is kept, and what is none is refused by its name."""

import errno
import os

import pytest

from edgenode.adapters import durable_file
from edgenode.adapters.forecast_file import BARS_A_SAVE, ForecastFile
from edgenode.core.estimate.forecast import saved
from edgenode.core.estimate.forecast.signal import Signal
from edgenode.model.errors import EdgenodeError
from tests.core.estimate.forecast.series import wandering

VALUES = wandering(3, 400)


def taken(path, begin, end):
    """Take some bars; return what the signal is then. The process ends without a word."""
    file = ForecastFile(path)
    signal = file.load() or Signal(300, counts=False)
    for i in range(begin, end):
        file.take(signal, i * 300, VALUES[i])
        signal.bar(i * 300, VALUES[i])
        file.taken(signal)
    file.close()
    return saved.save(signal)


def refused(path):
    file = ForecastFile(path)
    with pytest.raises(EdgenodeError) as caught:
        file.load()
    file.close()
    assert caught.value.expected
    assert caught.value.do
    return caught.value.code, caught.value.found


def beside(path):
    return path.with_name(f"{path.name}.bars")


def test_a_line_that_was_cut_off_spoils_none_that_follows(tmp_path):
    whole = taken(tmp_path / "whole", 0, 30)
    path = tmp_path / "state"
    for begin in range(0, 30, 3):
        taken(path, begin, begin + 3)
        with beside(path).open("ab") as bars:
            bars.write(b"[90300, 1")
    assert taken(path, 30, 30) == whole


def test_one_process_at_a_time_keeps_a_signal(tmp_path):
    path = tmp_path / "state"
    taken(path, 0, 3)
    first = ForecastFile(path)
    first.load()
    assert refused(path) == ("EN403", "state is in use by another process")
    first.close()
    assert taken(path, 3, 6)


def test_a_link_is_followed_and_stays(tmp_path):
    whole = taken(tmp_path / "whole", 0, BARS_A_SAVE + 9)
    link, real = tmp_path / "link", tmp_path / "elsewhere"
    link.symlink_to(real)
    assert taken(link, 0, BARS_A_SAVE + 9) == whole
    assert link.is_symlink()
    assert taken(real, 0, 0) == whole


def test_bars_of_a_state_that_was_deleted_are_forgotten(tmp_path):
    path = tmp_path / "state"
    taken(path, 0, 9)
    path.unlink()
    assert ForecastFile(path).load() is None
    assert beside(path).read_bytes() == b""


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"x" * (saved.BYTES_MAX + 1)])
def test_what_is_no_state_is_refused_by_its_name_and_left_as_it_is(tmp_path, data):
    path = tmp_path / "state"
    path.write_bytes(data)
    code, found = refused(path)
    assert code == "EN002"
    assert str(path) in found
    assert path.read_bytes() == data


def test_bars_that_are_none_are_refused_by_their_name(tmp_path):
    path = tmp_path / "state"
    taken(path, 0, 9)
    with beside(path).open("ab") as bars:
        bars.write(b"no bar\n")
    code, found = refused(path)
    assert code == "EN002"
    assert str(beside(path)) in found


def test_a_pipe_is_refused_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "state")
    os.mkfifo(tmp_path / "other.bars")
    code, found = refused(tmp_path / "state")
    assert (code, "a pipe or a device" in found) == ("EN002", True)
    code, found = refused(tmp_path / "other")
    assert (code, "a pipe or a device" in found) == ("EN002", True)


def test_what_the_system_does_not_let_us_do_is_an_error_of_ours(tmp_path, monkeypatch):
    assert refused(tmp_path / ("x" * 300))[0] == "EN404"
    beside(tmp_path / "state").mkdir()
    assert refused(tmp_path / "state")[0] == "EN404"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refused(tmp_path / "loop")[0] == "EN404"

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable_file, "write", full)
    file = ForecastFile(tmp_path / "full")
    file.load()
    with pytest.raises(EdgenodeError, match="full: No space left on device") as caught:
        file.take(Signal(300, counts=False), 0, 1.0)
    assert caught.value.code == "EN404"
