"""The process is killed, or the disk fails, at any call of sealing and dropping (by strace).

Nothing told durable is lost, what is there verifies, and the same program finishes the work.
EDGENODE_KILL_EVERY=1 kills at every single call; the default takes a slice of them.
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
from tests.adapters.test_disk_faults import EVERY, told
from tests.core.sync.parties import LEDGER, SIGNER, Writer
from tests.patience import PATIENCE_S

COUNT, LENGTH = 90, 20
ROOT = Path(__file__).parents[2]
SLICES = 2 if EVERY > 1 else 16  # as in test_disk_faults
CALLS = ("pwrite64", "fdatasync", "fsync", "rename", "unlink")

pytestmark = pytest.mark.needs("strace")


def begun(folder: Path) -> Path:
    path = folder / "ledger.sqlite"
    ledger_store.create(path, LEDGER, {"mode": "paper"})
    return path


def write(path: Path, *inject: str, trace: str = "/dev/null") -> tuple[int, list[str]]:
    """Run the program under strace: (exit code, what it said)."""
    argv = ["strace", "-f", "-qq", "-o", trace, "-e", f"trace={','.join(CALLS)}"]
    argv += [part for one in inject for part in ("-e", f"inject={one}")]
    argv += [sys.executable, "-m", "tests.adapters.busy_writer", str(path)]
    done = subprocess.run(
        [*argv, str(COUNT), str(LENGTH)], cwd=ROOT, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout.split()


def there(path: Path) -> tuple[int, int, int]:
    """Verify and read what is on disk: (size, cut, segments that are here)."""
    with ledger_store.reading(path) as files:
        tip, _, from_seq = ledger_start.verify(files, SIGNER.vkey, bodies=True)
        assert files.read(from_seq - 1, 10**6) == Writer(COUNT).sealed[from_seq - 1 : tip.size]
        here = [s for s in files.segments() if not s.dropped]
        assert all(files.path(s).is_file() for s in here)
    return tip.size, from_seq - 1, len(here)


def names(path: Path) -> list[str]:
    return sorted(p.name for p in (path.parent / "segments").iterdir())


def test_without_faults_runs_are_sealed_and_dropped(tmp_path):
    path = begun(tmp_path)
    assert write(path)[0] == 0
    size, cut, here = there(path)
    assert (size, here, len(names(path))) == (COUNT, 2, 2)
    assert cut > LENGTH


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    """How often the program makes each call."""
    folder = tmp_path_factory.mktemp("counts")
    trace = folder / "trace"
    write(begun(folder / "whole"), trace=str(trace))
    return {call: len(re.findall(rf"{call}\(", trace.read_text())) for call in CALLS}


@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("call", CALLS)
def test_killed_at_any_call_it_loses_nothing_and_finishes_afterwards(counts, tmp_path, call, part):
    count = counts[call]
    step = 1 if EVERY == 1 else max(1, count // 12)
    kills = 0
    for number in range(1, count + 1, step)[part::SLICES]:
        path = begun(tmp_path / str(number))
        code, said = write(path, f"{call}:signal=KILL:when={number}")
        if code == 0:  # strace counts by thread: this was past the writer's last call
            break
        assert code in {-signal.SIGKILL, 128 + signal.SIGKILL}, (number, code, said)
        assert there(path)[0] >= told(said), number
        assert write(path)[0] == 0
        size, _, here = there(path)
        assert (size, here, len(names(path))) == (COUNT, 2, 2), number
        kills += 1
    assert kills or part >= 2, f"{count} calls"
    print(f"{call}: {kills} kills")  # noqa: T201


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("when", ["2", "4+"])
def test_a_disk_that_fails_under_a_segment_leaves_the_ledger_as_it_is(tmp_path, error, when):
    path = begun(tmp_path)
    code, said = write(path, f"fsync:error={error}:when={when}")
    assert (code, told(said)) == (0, COUNT), said
    assert there(path)[0] == COUNT
    assert ("trouble" in said) == when.endswith("+")
    assert write(path)[0] == 0
    assert (there(path)[2], len(names(path))) == (2, 2)
