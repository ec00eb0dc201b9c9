"""Power goes at any moment of sealing and dropping: every entry is in a place that can be read.

EDGENODE_POWER_CUTS sets how many cuts are tried; each rebuilds the files, opens them as a start
would, lets that finish or discard what was begun, and looks at everything.
"""

import asyncio
import os
import random

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger import segments as segments_sqlite
from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.adapters.ledger.keeping import Keeper
from edgenode.core.past import PRUNED_SCOPES, names_of
from tests.adapters import power
from tests.adapters.lives import LENGTH, Life
from tests.adapters.test_power_cuts import files_in, lay_out, shared
from tests.core.sync.parties import LEDGER, SIGNER

CUTS = int(os.environ.get("EDGENODE_POWER_CUTS", "1000"))
STEPS = 170


async def busy_minute(path, monkeypatch, log):
    """Live through sealing and dropping over the logging disk."""
    vfs = power.PowerVFS(log)
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=40")
    with monkeypatch.context() as patched:
        connect = shared(vfs, tuple(f"PRAGMA {pragma}" for pragma in pragmas))
        patched.setattr(sqlite_files, "connect", connect)
        patched.setattr(segments_sqlite, "SLICE_ENTRIES", 8)
        power.FileLog(log, patched)
        life, rng = Life(path), random.Random(11)
        cut = 0
        for number in range(STEPS):
            life.step()
            if life.stored < len(life.world.recorded):
                head = await life.put()
                log.told.append((len(log.ops), head.size))
            if rng.random() < 0.06:
                life.own.rest()
                here = [s for s in life.own.files.segments() if not s.dropped]
                if len(here) > 1:
                    life.own.drop(here[:1])
                    cut = here[0].last
                    if number % 2:
                        await asyncio.to_thread(life.own.rest)
        life.own.rest()
    return life, cut


def expected_names(life, size, cut):
    return sorted(
        (*name, r.entry.seq)
        for r in life.world.recorded[:size]
        for name in names_of(r.fact)
        if r.entry.seq > cut or name.scope not in PRUNED_SCOPES
    )


class AfterTheCut:
    """The files as a start finds them."""

    def __init__(self, folder, files):
        lay_out(folder, files)
        (folder / "segments").mkdir(exist_ok=True)
        self.folder = folder / "segments"
        self.db = sqlite_files.connect(folder / "ledger.sqlite")
        self.files = LedgerFiles(self.db, LEDGER, self.folder)
        self.keeper = Keeper(self.files, SIGNER.vkey, LENGTH)

    def looked_at(self, entries):
        """Prove and read all that is there; gives (size, cut)."""
        cut = self.files.cut()
        after = cut.last if cut else 0
        tip, head, from_seq = ledger_start.verify(self.files, SIGNER.vkey, bodies=True)
        assert (head.size if head else 0, from_seq) == (tip.size, after + 1)
        assert self.files.read(after, 10**6) == entries[after : tip.size]
        return tip.size, after

    def finish(self):
        while self.keeper.busy:
            self.keeper.step()
        assert not self.keeper.trouble

    def names(self):
        return sorted(self.db.execute("SELECT scope, key, seq FROM ext_idem").fetchall())

    def here(self):
        """Return the segments that rows name, which are the files that there are."""
        named = [f"{s.name}.sqlite" for s in self.files.segments() if not s.dropped]
        assert sorted(p.name for p in self.folder.iterdir()) == named
        return named

    def close(self):
        self.files.close()
        self.db.close()


async def test_at_any_cut_every_entry_is_whole_and_the_next_start_finishes_the_work(
    tmp_path, monkeypatch
):
    path = tmp_path / "ledger.sqlite"
    ledger_store.create(path, LEDGER, {"mode": "paper"})
    begun, log = files_in(tmp_path), power.Log()
    life, last_cut = await busy_minute(path, monkeypatch, log)
    entries = life.sealed
    assert len(life.own.files.segments()) > 4
    assert last_cut > LENGTH
    rng, sealed, dropped = random.Random(20260729), 0, 0
    for _ in range(CUTS):
        at = rng.randrange(len(log.ops) + 1)
        found = AfterTheCut(tmp_path / "cut", power.cut(begun, log, at, rng))
        size, cut = found.looked_at(entries)
        assert size >= max((size for ops, size in log.told if ops <= at), default=0), at
        found.finish()
        assert found.looked_at(entries) == (size, cut), at
        assert found.names() == expected_names(life, size, cut), at
        sealed += bool(found.here())
        dropped += bool(cut)
        found.close()
    life.own.close()
    assert min(sealed, dropped) > CUTS / 4, "cuts that meet no segment prove nothing"
    print(f"{CUTS} cuts in {len(log.ops)} writes, {sealed} with segments, {dropped} behind a cut")  # noqa: T201
