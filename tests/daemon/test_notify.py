"""sd_notify: what a service manager hears, and that a deaf one stops nothing."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgenode.daemon.notify import notify, watchdog_period_s
from tests.journeys import box
from tests.patience import PATIENCE_S


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(path))
        sock.settimeout(PATIENCE_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(path))
        yield sock


def test_no_manager_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert notify("READY=1") is False
    assert watchdog_period_s() is None


def test_a_manager_that_went_away_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert notify("READY=1") is False


def test_the_daemon_is_ready_feeds_the_watchdog_and_says_that_it_stops(
    tmp_path: Path, manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    heard = []
    assert box.command("init", "--data", str(tmp_path / "data"))[0] == 0
    with box.running(tmp_path / "data") as running:
        heard.append(manager.recv(4096).decode())
        heard.append(manager.recv(4096).decode())
        assert running.stop() == 0
        while not heard[-1].startswith("STOPPING"):
            heard.append(manager.recv(4096).decode())
    assert heard[0] == f"READY=1\nSTATUS=serving {running.url}"
    assert set(heard[1:-1]) == {"WATCHDOG=1"}
    assert heard[-1] == "STOPPING=1"
