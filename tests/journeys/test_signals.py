"""A daemon whose log nobody takes, which is told to read its configuration again, or to stop."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgenode.cli.control_client import ask
from edgenode.model.errors import RefusedError, UnreachableError
from tests.journeys.box import CENTRE, NODE, command, order, running
from tests.journeys.centre import until

CHATTY = "[control]\nrequest_s_max = 0.2\n"


@pytest.fixture
def data(tmp_path):
    made = tmp_path / "node"
    assert command("init", "--data", str(made), "--node-id", "edge-07")[0] == 0
    return made


def logging_to(data, stderr, *args):
    """Start a daemon that logs there, at the level at which each start says something."""
    process = subprocess.Popen(
        [sys.executable, "-c", NODE, "run", "--data", str(data), "--port", "0", "--json", *args],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True,
    )  # fmt: skip
    return process, json.loads(process.stdout.readline())


def asked(data, path):
    """Ask over the socket, which no host list guards."""
    return ask(data, "GET", path)


def ended(process):
    process.terminate()
    code = process.wait(timeout=60)
    process.stdout.close()
    return code


def gone():
    """A pipe whose reader went away."""
    read, write = os.pipe()
    os.close(read)
    return os.fdopen(write, "wb")


def full():
    """A disk without room."""
    return Path("/dev/full").open("wb")


def blocked():
    """A pipe that nobody reads, and that is full."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    try:
        while os.write(write, b"x" * 65_536):
            pass
    except BlockingIOError:
        os.set_blocking(write, True)
    keep.append(read)
    return os.fdopen(write, "wb")


keep: list[int] = []


@pytest.mark.parametrize("stderr", [gone, full, blocked])
def test_without_its_log_a_daemon_trades_on_says_so_and_stops_cleanly(data, stderr):
    with stderr() as out:
        process, _ = logging_to(data, out)
    try:
        token = (data / "api-token").read_text()
        assert token
        status = asked(data, "/api/v1/status")
        assert status["verdict"] == "READY"
        if stderr is not blocked:  # there, lines wait first: see tests/adapters/test_logs
            assert status["log_lines_dropped"] > 0
            assert "EN010" in {p["code"] for p in status["problems"]}
        assert ended(process) == 0
    finally:
        process.kill()
        while keep:
            os.close(keep.pop())


def test_a_hangup_reads_the_configuration_again_applies_what_can_be_and_records_it(data, tmp_path):
    file = tmp_path / "edgenode.toml"
    file.write_text("")
    with running(data, "--config", str(file)) as box:
        assert box.ask("GET", "/api/v1/status", Host="edge-07.local")[0] == 421

        def hang_up(text):
            file.write_text(text)
            box.process.send_signal(signal.SIGHUP)

        hang_up('[control]\nhosts_allowed = ["edge-07.local"]\n[disk]\nhalted_below = -1\n')
        refused = told(box, "refused")
        assert (refused["code"], "disk.halted_below" in refused["text"]) == ("EN008", True)
        assert box.ask("GET", "/api/v1/status", Host="edge-07.local")[0] == 421
        hang_up(
            'log_level = "error"\n[control]\nhosts_allowed = ["127.0.0.1", "edge-07.local"]\n'
            "[disk]\nreducing_below = 7\n"
        )
        waiting = told(box, "from the next start on")
        assert waiting["text"].endswith("disk.reducing_below")
        assert box.ask("GET", "/api/v1/status", Host="edge-07.local")[0] == 200
        until(box, lambda _: changes(box))  # what is told may be recorded a moment later
        (changed,) = changes(box)
        assert changed["applied"] == "control.hosts_allowed, log_level"
        assert changed["waiting"] == "disk.reducing_below"
        assert box.ask("POST", "/api/v1/orders", order("A1"))[0] == 201
        assert box.stop() == 0


def changes(box):
    """Return what the ledger says of changed configurations."""
    rows = box.ask("GET", "/api/v1/ledger?limit=1000")[1]
    return [row["body"] for row in rows if row["kind"] == "ConfigChanged"]


def told(box, words):
    """Wait for a problem in these words."""

    def found(status):
        return [p for p in status["problems"] if words in p["text"]]

    return found(until(box, found))[0]


STOPPED_AT_IMPORT = """
import builtins, os, signal
real = builtins.__import__
def told(name, *args, **kwargs):
    if name.startswith({at!r}):
        os.kill(os.getpid(), signal.SIGTERM)
    return real(name, *args, **kwargs)
"""


@pytest.mark.parametrize("at", ["config", "main"])
@pytest.mark.parametrize(("entry", "verb"), [(NODE, "run"), (CENTRE, "serve")])
def test_a_server_that_is_told_to_stop_while_it_still_imports_ends_well(tmp_path, entry, verb, at):
    package = "daemon" if entry is NODE else "central"
    program = STOPPED_AT_IMPORT.format(at=f"edgenode.{package}.{at}")
    program += entry.replace("; ", "; builtins.__import__ = told; ")
    done = subprocess.run(
        [sys.executable, "-c", program, verb, "--data", str(tmp_path), "--json"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["code"] == "stopped"


def test_a_box_that_waits_for_its_centre_stops_when_it_is_told_to(data):
    pin = {"url": "http://127.0.0.1:9", "party": "centre"}
    other = data.parent / "centre"
    made = command("init", "--data", str(other), entry=CENTRE)[1]
    pin |= {"vkey": made["vkey"], "cosigner": made["cosigner"]}
    (data / "centre.json").write_text(json.dumps(pin))
    process = subprocess.Popen(
        [sys.executable, "-c", NODE, "run", "--data", str(data), "--port", "0", "--json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "EDGENODE__CENTRAL__HELLO_WAIT_S": "600"},
    )  # fmt: skip
    try:
        while not answers(data):
            assert process.poll() is None
        process.terminate()
        said = process.stdout.read().splitlines()
        assert (process.wait(timeout=60), json.loads(said[-1])["code"]) == (0, "stopped")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def answers(data):
    """Return whether the daemon serves its socket, and still waits."""
    try:
        return not asked(data, "/readyz")["ready"]
    except UnreachableError:
        return False
    except RefusedError:  # 503: it serves, and is not ready
        return True
