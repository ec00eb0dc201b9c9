"""Power goes at any moment: what was told durable is there, and what is there verifies.

EDGENODE_POWER_CUTS sets how many cuts are tried; each rebuilds the files and opens them as a start
would.
"""

import os
import random
import shutil
from pathlib import Path

import apsw

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core.state import snapshot
from edgenode.model.ledgers import ExternalId
from tests.adapters import power
from tests.core.sync.parties import LEDGER, SIGNER, Writer

CUTS = int(os.environ.get("EDGENODE_POWER_CUTS", "1000"))
ENTRIES = 400


def shared(vfs: power.PowerVFS, pragmas: tuple[str, ...]):
    """Open one connection for reader and writer: this VFS has no shared memory."""
    opened: list[apsw.Connection] = []

    def connect(path: Path, *, read_only: bool = False):
        if not opened:
            db = apsw.Connection(str(path), vfs=vfs.NAME)
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
            for pragma in pragmas:
                db.execute(pragma)
            opened.append(db)
        return opened[0]

    return connect


async def busy_minute(path: Path, monkeypatch, log: power.Log, synchronous: str) -> Writer:
    """Append entries in batches of all sizes, with names and snapshots, over the logging disk."""
    vfs = power.PowerVFS(log)
    wanted = ("journal_mode=WAL", f"synchronous={synchronous}", "wal_autocheckpoint=40")
    pragmas = tuple(f"PRAGMA {pragma}" for pragma in wanted)
    monkeypatch.setattr(sqlite_files, "connect", shared(vfs, pragmas))
    writer, rng = Writer(ENTRIES), random.Random(7)
    own = OwnLedger(path, LEDGER, SIGNER)
    at = 0
    while at < ENTRIES:
        run = writer.entries[at : at + rng.randint(1, 12)]
        names = [(ExternalId("client", entry.idem), entry.seq) for entry in run]
        taken = snapshot.Snapshot(bytes(32), b"parts") if rng.random() < 0.1 else None
        head = await own.append(run, names, taken)
        log.told.append((len(log.ops), head.size))
        at += len(run)
    monkeypatch.undo()  # the file is left as the running program holds it: no clean close
    return writer


async def lost_in(tmp_path: Path, monkeypatch, synchronous: str, cuts: int) -> int:
    """Cut the power at many moments; gives how often something told durable was lost.

    What is there must verify in every case, and be what was written.
    """
    path = tmp_path / "ledger.sqlite"
    ledger_store.create(path, LEDGER, {"mode": "paper"})
    begun = files_in(tmp_path)
    log = power.Log()
    writer = await busy_minute(path, monkeypatch, log, synchronous)
    rng, lost, short = random.Random(20260728), 0, 0
    folder = tmp_path / "cut"
    for _ in range(cuts):
        at = rng.randrange(len(log.ops) + 1)
        lay_out(folder, power.cut(begun, log, at, rng))
        with ledger_store.reading(folder / "ledger.sqlite") as files:
            files.db.execute("PRAGMA query_only=OFF")  # let it recover from its log
            tip, head, _ = ledger_start.verify(files, SIGNER.vkey, bodies=True)
            rows = files.read(0, ENTRIES + 1)
            named = files.db.execute("SELECT count(*) FROM ext_idem").fetchone()[0]
        assert rows == writer.sealed[: tip.size]
        assert named == tip.size  # all of a transaction, or nothing of it
        assert head is None or head.size == tip.size
        lost += tip.size < max((size for ops, size in log.told if ops <= at), default=0)
        short += tip.size < ENTRIES
    assert short > cuts / 2, "cuts that cut nothing prove nothing"
    return lost


def files_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def lay_out(folder: Path, files: dict[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


async def test_nothing_told_durable_is_lost_and_what_is_there_verifies(tmp_path, monkeypatch):
    assert await lost_in(tmp_path, monkeypatch, "FULL", CUTS) == 0


async def test_with_fewer_syncs_the_same_cuts_lose_what_was_told(tmp_path, monkeypatch):
    assert await lost_in(tmp_path, monkeypatch, "NORMAL", 100) > 20
