"""The centre's disk fails while what is stored is folded: it ends, says why, and has lost nothing.

strace fails one read of the file that holds the nodes' ledgers, counted from the start.
"""

import asyncio
import json
import subprocess
import sys

import pytest

from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.central import folder
from edgenode.core.state.digest import digest
from edgenode.model.errors import REGISTRY
from tests.central.sync.test_projector import entries, store
from tests.journeys.box import CENTRE, command
from tests.journeys.centre import Centre
from tests.patience import PATIENCE_S

ORDERS = 120
READ = "a read of the copies of others' ledgers"


@pytest.fixture(scope="module")
def behind(tmp_path_factory):
    """A centre's folder with a ledger that was stored and never folded, and the state of it."""
    data = tmp_path_factory.mktemp("centre") / "data"
    folder.init(data)
    state, run = entries(ORDERS)

    async def stored():
        mirrors = await Mirrors.open(data / "nodes.sqlite")
        await store(mirrors, run)
        await mirrors.close()

    asyncio.run(stored())
    return data, digest(state)


def served(data, *, fails_at):
    """Serve until the process has ended by itself: (exit code, the lines it said, its log)."""
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-P", str(data / "nodes.sqlite")]
    strace += ["-e", "trace=pread64", "-e", f"inject=pread64:error=EIO:when={fails_at}"]
    argv = [sys.executable, "-c", CENTRE, "serve", "--data", str(data), "--port", "0", "--json"]
    done = subprocess.run(
        [*strace, *argv], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.needs("strace")
@pytest.mark.parametrize("fails_at", [25, 40, 60])
def test_a_read_that_fails_while_it_folds_ends_the_centre_and_the_next_start_folds_all(
    behind, fails_at
):
    data, whole = behind
    code, said, logged = served(data, fails_at=fails_at)
    assert said[0]["code"] == "listening"  # it failed behind the start, while it folded
    assert said[1:] == [
        {
            "message_type": "error",
            "code": "EN404",
            # which is how SQLite words EIO
            "found": f"{READ} failed: database disk image is malformed",
            "expected": "everything stored, as it was stored",
            "do": "check the disk, then start again; where this comes back, move the file away:"
            " its contents are fetched again at the next contact",
            "exit_code": 1,
        }
    ]
    assert code == REGISTRY["EN404"].exit_code
    assert "Traceback" not in logged
    centre = Centre(data)
    centre.start()
    try:
        folded = centre.digest()
    finally:
        centre.kill()
    assert (folded["size"], folded["digest"]) == (whole.size, whole.digest.hex())
    assert folded == command("book", "digest", "--node-id", "edge-07", "--data", str(data),
                             entry=CENTRE)[1]  # fmt: skip
