"""The units in systemd/, judged by systemd itself, offline."""

import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).resolve().parent.parent / "systemd" / "edgenode.service"

pytestmark = pytest.mark.needs("systemd-analyze")


def complaints(tmp_path, text):
    """Return what `verify` prints; its exit code is 0 even for a misspelt key."""
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace("/usr/bin/edgenode", "/bin/true"))  # no daemon on this machine
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_systemd_has_nothing_to_say_about_the_unit(tmp_path):
    assert complaints(tmp_path, UNIT.read_text()) == ""


def test_a_misspelt_key_would_be_found(tmp_path):
    misspelt = UNIT.read_text().replace("WatchdogSec=30", "WatchdogSecs=30")
    assert "'WatchdogSecs'" in complaints(tmp_path, misspelt)


def test_the_daemon_is_exposed_no_more_than_an_internet_service_must_be():
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=12", str(UNIT)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout
