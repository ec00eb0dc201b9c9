"""A daemon that runs is never called stopped, and a stopped one is, whatever its disk says."""

import resource
import signal
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from edgenode.adapters import folder_lock
from edgenode.cli.edgenode import cli
from tests.daemon import boxes


def asked(*args, data):
    result = CliRunner().invoke(cli, [*args, "--data", str(data), "--json"])
    return result.exit_code, result.output


@contextmanager
def no_room():
    """Let every write to a file fail, as on a disk without room."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("args", [("status", "--exit-code"), ("status",), ("pause",), ("resume",)])
def test_a_daemon_whose_socket_is_gone_is_not_called_stopped(tmp_path, args):
    data = boxes.made(tmp_path / "node")
    with folder_lock.taken(data, "stop it"):
        code, text = asked(*args, data=data)
    assert code == 11
    assert "a daemon runs" in text
    assert "edgenode run" not in text


def test_a_stopped_daemon_is_called_stopped(tmp_path):
    data = boxes.made(tmp_path / "node")
    assert asked("status", "--exit-code", data=data)[0] == 5
    code, text = asked("pause", data=data)
    assert code == 5
    assert "edgenode run" in text


def test_a_folder_on_a_full_disk_is_read_and_its_daemon_called_stopped(tmp_path):
    data = boxes.made(tmp_path / "node")
    with no_room():
        code, text = asked("status", "--exit-code", data=data)
    assert code == 5, text
    assert '"node_id":"edge-07"' in text


def test_a_folder_whose_newest_entries_cannot_be_read_is_called_stopped_all_the_same(tmp_path):
    data = boxes.made(tmp_path / "node")
    (data / "ledger.sqlite-wal").write_bytes(b"x" * 64)
    with no_room():
        code, text = asked("status", "--exit-code", data=data)
    assert code == 5, text
    assert '"code":"EN404"' in text
