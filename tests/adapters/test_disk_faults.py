"""The disk fails at the n-th call, or the process is killed there (strace injects it).

What was told durable is there afterwards, what is there verifies, and the same program goes on.
EDGENODE_KILL_EVERY=1 kills at every single write and sync; the default takes a slice of them.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from tests.adapters.busy_writer import EXIT_FAILED
from tests.core.sync.parties import LEDGER, SIGNER
from tests.patience import PATIENCE_S

COUNT = 45
EVERY = int(os.environ.get("EDGENODE_KILL_EVERY", "7"))
# The tests of one campaign: where more is killed there are more of them, and none takes longer.
SLICES = {"pwrite64": max(1, 28 // EVERY), "fdatasync": max(1, 7 // EVERY)}
PARTS = [(call, part) for call, count in SLICES.items() for part in range(count)]
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.needs("strace")


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "ledger.sqlite"
    ledger_store.create(made, LEDGER, {"mode": "paper"})
    return made


def write(path: Path, *inject: str, trace: Path | None = None) -> tuple[int, list[str]]:
    """Run the program, under strace where something is injected: (exit code, what it said)."""
    argv = [sys.executable, "-m", "tests.adapters.busy_writer", str(path), str(COUNT)]
    if inject or trace:
        strace = ["strace", "-f", "-qq", "-o", str(trace or "/dev/null")]
        strace += ["-e", "trace=pwrite64,fdatasync", "-P", f"{path}-wal", "-P", str(path)]
        argv = [*strace, *(part for one in inject for part in ("-e", f"inject={one}")), *argv]
    done = subprocess.run(
        argv, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout.split()


def there(path: Path) -> int:
    """Verify what is on disk, and give its size."""
    with ledger_store.reading(path) as files:
        return ledger_start.verify(files, SIGNER.vkey, bodies=True)[0].size


def told(said: list[str]) -> int:
    return max((int(word) for word in said if word.isdecimal()), default=0)


def test_without_faults_everything_is_written(path):
    code, said = write(path)
    assert (code, said[0], told(said), there(path)) == (0, "ready", COUNT, COUNT)


@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("when", ["2+", "5", "9+"])
def test_a_disk_that_fails_ends_the_program_and_loses_nothing_told(path, call, error, when):
    code, said = write(path, f"{call}:error={error}:when={when}")
    assert code == EXIT_FAILED, said
    assert said[-1] == "EN404"
    assert told(said) <= there(path) < COUNT
    code, said = write(path)  # the disk works again
    assert (code, there(path)) == (0, COUNT)


def test_a_slow_disk_only_takes_longer(path):
    code, said = write(path, "fdatasync:delay_enter=50ms:when=1+")
    assert (code, told(said), there(path)) == (0, COUNT, COUNT)


def killed(path: Path, call: str, number: int) -> tuple[int, list[str]]:
    """Kill the program at its writer thread's n-th call: (exit code, what it said)."""
    argv = [sys.executable, "-m", "tests.adapters.busy_writer", str(path), str(COUNT)]
    with subprocess.Popen(
        argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        thread = writer.stdout.readline().strip().partition("thread=")[2]
        kill = f"inject={call}:signal=KILL:when={number}"
        strace = ["strace", "-o", "/dev/null", "-e", f"trace={call}", "-e", kill]
        strace += ["-P", f"{path}-wal", "-P", str(path), "-p", thread]
        with subprocess.Popen(strace, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            assert any("attached" in line for line in tracer.stderr)
            said, _ = writer.communicate("\n", timeout=PATIENCE_S)
            tracer.terminate()
    return writer.returncode, said.split()


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """Every call of the writer's own thread; strace counts apart what is called while opening."""
    folder = tmp_path_factory.mktemp("calls")
    path, trace = folder / "ledger.sqlite", folder / "trace"
    ledger_store.create(path, LEDGER, {"mode": "paper"})
    write(path, trace=trace)
    found = re.findall(r"^(\d+) +(pwrite64|fdatasync)\(", trace.read_text(), re.MULTILINE)
    writer = max(thread for thread, _ in found)  # it was begun last
    made = [call for thread, call in found if thread == writer]
    assert made.count("fdatasync") >= COUNT // 3
    assert made.count("pwrite64") > COUNT
    return made


@pytest.mark.parametrize(("call", "part"), PARTS)
def test_killed_at_any_write_or_sync_it_loses_nothing_told(calls, tmp_path, call, part):
    numbers = range(1, calls.count(call) + 1, EVERY)[part :: SLICES[call]]
    assert numbers
    for number in numbers:
        fresh = tmp_path / f"{call}{number}" / "ledger.sqlite"
        ledger_store.create(fresh, LEDGER, {"mode": "paper"})
        code, said = killed(fresh, call, number)
        assert code == -signal.SIGKILL, (call, number, code, said)
        size = there(fresh)
        assert told(said) <= size <= COUNT, (call, number)
        assert write(fresh)[0] == 0
        assert there(fresh) == COUNT
