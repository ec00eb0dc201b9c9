"""Evidence is read from a disk that cannot be written: all of it, or it is said why not."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger import store as ledger_store
from edgenode.daemon import offline, stopped
from edgenode.model.errors import EdgenodeError
from tests.daemon.boxes import cosign, grow, made
from tests.patience import PATIENCE_S

COMMANDS = ("ledger verify", "status", "ledger log", "ledger prove 9", "state digest")
MOUNTED = 'mount -t tmpfs none "$1" && cp -a "$2" "$1" && mount -o remount,ro "$1"; shift 2; "$@"'


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    data = made(tmp_path_factory.mktemp("grown") / "node")
    grow(data, 60)
    cosign(data, offline.checkpoint(data))
    return data


@contextmanager
def written_to(data):
    """Return the folder while its writer lives, with entries that only the -wal holds."""
    with closing(sqlite3.connect(data / "ledger.sqlite", isolation_level=None)) as db:
        db.execute("PRAGMA wal_autocheckpoint=0")
        db.execute("INSERT INTO meta VALUES ('noted', 'late')")
        yield data


def mounted(tmp_path, data, *argv):
    """Run a command where a copy of the folder lies on a read-only mount."""
    place = tmp_path / "mnt"
    place.mkdir(exist_ok=True)
    apart = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("needs root or user namespaces, to mount")
    done = subprocess.run(
        [*apart, "sh", "-c", MOUNTED, "sh", place, data, *argv],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def node(tmp_path, data, *words):
    verb = [sys.executable, "-m", "edgenode", *words, "--data", tmp_path / "mnt" / data.name]
    return mounted(
        tmp_path, data, *verb, "--json" if words[1:] != ("export",) else "--format=jsonl"
    )


@pytest.mark.needs("unshare")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_on_a_read_only_disk_is_read_as_it_is_elsewhere(tmp_path, grown, command):
    code, said, _ = node(tmp_path, grown, *command.split())
    assert code == 0, said
    last = json.loads(said.splitlines()[-1])
    if command == "ledger verify":
        here = offline.verify(grown)
        assert (last["size"], last["root"]) == (here["size"], here["root"])
        assert last["cosigned_size"] == here["cosigned_size"] > 0


@pytest.mark.needs("unshare")
def test_an_export_from_a_read_only_disk_is_the_same(tmp_path, grown):
    code, said, _ = node(tmp_path, grown, "ledger", "export")
    assert (code, said.splitlines()) == (0, list(offline.export(grown)))


READ = "import sys\nfrom pathlib import Path\n"
READ += "from edgenode.adapters.ledger import store as ledger_store\n"
READ += "print(ledger_store.meta(Path(sys.argv[1])).get('noted'))"


@pytest.mark.needs("unshare")
def test_what_only_the_wal_holds_is_read_there_too(tmp_path, grown):
    data = shutil.copytree(grown, tmp_path / "live" / "node")
    with written_to(data):
        ledger = tmp_path / "mnt" / "node" / "ledger.sqlite"
        code, said, _ = mounted(tmp_path, data, sys.executable, "-c", READ, ledger)
    assert (code, said.strip()) == (0, "late")


@pytest.mark.needs("unshare")
def test_where_the_wal_cannot_be_read_it_is_not_left_out_unseen(tmp_path, grown):
    data = shutil.copytree(grown, tmp_path / "live" / "node")
    with written_to(data):
        copy = shutil.copytree(data, tmp_path / "copy" / "node")
    (copy / "ledger.sqlite-shm").unlink()
    for command in COMMANDS:
        code, said, _ = node(tmp_path, copy, *command.split())
        last = json.loads(said.splitlines()[-1])
        assert (code, last["code"]) == (1, "EN404")
        assert "ledger.sqlite-wal beside it holds its newest entries" in last["found"]
        assert last["do"].startswith("copy the whole folder, -wal files with it")
    elsewhere = shutil.copytree(copy, tmp_path / "read" / "node")  # what it says to do
    assert ledger_store.meta(elsewhere / "ledger.sqlite")["noted"] == "late"


def test_a_read_that_fails_is_not_called_a_commit(grown, monkeypatch):
    def failing(*_, **__):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
        raise error

    monkeypatch.setattr(sqlite_files.sqlite3, "connect", failing)
    with pytest.raises(EdgenodeError) as caught:
        stopped.status_of(grown)
    error = caught.value
    assert (error.code, error.found) == (
        "EN404",
        f"{grown}/ledger.sqlite cannot be read: disk I/O error",
    )
    assert error.expected
    assert error.do


@pytest.mark.parametrize("name", ["ledger.sqlite", "peers.sqlite"])
def test_an_empty_file_is_named_with_what_to_do(tmp_path, grown, name):
    data = shutil.copytree(grown, tmp_path / "node")
    (data / name).write_bytes(b"")
    with pytest.raises(EdgenodeError, match=f"{name} is empty") as caught:
        offline.verify(data)
    assert (caught.value.code, caught.value.exit_code) == ("EN402", 13)
    assert caught.value.expected
    assert caught.value.do
    assert (data / name).read_bytes() == b""
