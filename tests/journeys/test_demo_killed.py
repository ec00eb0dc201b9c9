"""The demo ended at several points, by kill -9 too: none of the processes it started is left.

Every descendant inherits a variable of the environment, by which it is found, whoever adopted it.
"""

import json
import os
import select
import signal
import subprocess
import sys
import uuid
from contextlib import suppress
from pathlib import Path

import pytest

MARK = "EDGENODE_TEST_OF_THE_DEMO"
POINTS = (  # what the demo has just said when it is killed
    "starting the sandbox",
    "the page of this demo",
    "17:40",  # market time runs
    "the nodes stop",
    "1 of 12 arms",
)
JOBS = 2
GONE_MS = 120_000


def marked(mark):
    """Return the ids of all processes that carry the mark."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it ended while we looked
            if f"{MARK}={mark}".encode() in place.read_bytes():
                found.append(int(place.parent.name))
    return found


def wait_until_gone(pid):
    """Wait until a process has ended; whoever cannot be found has."""
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(pid)
        try:
            watch = select.poll()
            watch.register(handle, select.POLLIN)
            assert watch.poll(GONE_MS), (
                f"{pid} lives on: {Path(f'/proc/{pid}/cmdline').read_text()}"
            )
        finally:
            os.close(handle)


@pytest.fixture
def demo(tmp_path_factory):
    """A demo with a mark; whatever it leaves is killed when the test ends."""
    data = tmp_path_factory.mktemp("demo")  # short: a socket's path has 107 bytes at most
    mark = uuid.uuid5(uuid.NAMESPACE_URL, str(data)).hex
    entry = "from edgenode.__main__ import main; main()"
    args = (
        "demo",
        "--no-browser",
        "--port",
        "0",
        "--data",
        str(data),
        "--exit-after",
        "5s",
        "--jobs",
        str(JOBS),
    )
    process = subprocess.Popen(
        [sys.executable, "-c", entry, *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, env={**os.environ, MARK: mark}, start_new_session=True,
    )  # fmt: skip
    yield process, mark
    for pid in marked(mark):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()


def assert_all_gone(mark):
    while left := marked(mark):
        for pid in left:
            wait_until_gone(pid)


def heard(process, words):
    """Read what the demo says until it says this."""
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    raise AssertionError(f"the demo ended: {''.join(said)[-2000:]}")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_it_leaves_no_process(demo, point):
    process, mark = demo
    heard(process, point)
    if point in POINTS[1:3]:
        live = 5  # the demo, the sandbox, the centre and two nodes
        assert len(marked(mark)) >= live + 1 + JOBS, "the arms and their pool beside the live ones"
    process.kill()
    process.wait()
    assert_all_gone(mark)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("number", "point"), [(signal.SIGINT, "17:40"), (signal.SIGTERM, "1 of")])
def test_asked_to_stop_it_says_so_and_leaves_no_process(demo, number, point):
    """Ctrl-C at a terminal reaches every process of the group at once."""
    process, mark = demo
    heard(process, point)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    heard(process, "stopped; nothing of it runs on. ledgers and logs are kept in")
    assert process.wait() == 128 + number
    assert_all_gone(mark)


@pytest.mark.timeout(600)
def test_its_folder_goes_and_its_report_stays(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("d")  # short, as above
    entry = "from edgenode.__main__ import main; main()"
    args = ("demo", "--no-browser", "--port", "0", "--exit-after", "1s", "--json")
    folder = tmp_path / "t"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", entry, *args],
        cwd=tmp_path, env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True, text=True, timeout=560, check=False,
    )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, told["message_type"]) == (0, "summary"), told
    assert told["data"] is None
    assert list(folder.iterdir()) == []
    report = tmp_path / "edgenode-demo" / "report.html"
    assert told["report"] == str(report)
    assert told["figures_sha256"] in report.read_text()


def test_a_child_whose_parent_has_ended_before_it_was_tied_ends_too():
    """No signal comes for that any more: the child sees that another process adopted it."""
    entry = "from edgenode.sim.arms.tied import tie; tie({parent}); print('lives on')"
    for parent, ends in ((os.getpid(), (0, "lives on\n")), (os.getppid(), (1, ""))):
        argv = [sys.executable, "-c", entry.format(parent=parent)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stdout) == ends, done.stderr
