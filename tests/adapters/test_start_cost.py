"""What a start costs over a long ledger: what follows the snapshot, whatever lies in segments.

EDGENODE_START_ENTRIES sets how long the ledger is. The time is printed, what is read is counted.
"""

import os
import time
from functools import partial

from edgenode.adapters.ledger import files as ledger_files
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core import node
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.sync.tree import Tree
from edgenode.daemon import offline
from edgenode.daemon.folder import folder
from edgenode.model.facts import Genesis, RestrictionLifted, RestrictionSet
from edgenode.model.ledgers import Entry
from edgenode.wire import facts as wire_facts
from tests.core.sync.parties import LEDGER, SIGNER

ENTRIES = int(os.environ.get("EDGENODE_START_ENTRIES", "100000"))
BEHIND = 5_000  # entries that follow the newest snapshot
BATCH = 1_000


def facts(count):
    yield Genesis(at_ns=1, ledger_key=SIGNER.public, previous_head=None, approval="")
    pause = {"at_ns": 1, "scope": "node", "cause": "person", "level": "reducing",
             "reason": "drill", "evidence": "p"}  # fmt: skip
    pauses = [RestrictionSet(**pause), RestrictionLifted(**pause)]
    for seq in range(2, count + 1):
        yield pauses[seq % 2]


async def written(path):
    """Write the ledger as the recorder would; gives the state at its end."""
    ledger_store.create(path, LEDGER, {"mode": "paper"})
    own = OwnLedger(path, LEDGER, SIGNER, length=ENTRIES // 6)
    state, batch = node.new_state(LEDGER), []
    bodies = [wire_facts.encode(fact) for fact in facts(3)]  # Genesis, and two that alternate
    for seq, fact in enumerate(facts(ENTRIES), start=1):
        body = bodies[0 if seq == 1 else 1 + seq % 2]
        idem = seq.to_bytes(16, "big")
        entry = Entry(seq, seq << 16, type(fact).__name__, "rule:x", True, idem, body)
        node.evolve(state, entry, fact)
        batch.append(entry)
        if len(batch) == BATCH or seq == ENTRIES:
            due = seq in {ENTRIES - 2 * BEHIND, ENTRIES - BEHIND}
            await own.append(batch, snapshot=snapshot.taken(state) if due else None)
            batch = []
    own.rest()
    own.close()
    return state


async def test_a_start_checks_and_reads_what_follows_the_snapshot(tmp_path, monkeypatch, capsys):
    state = await written(tmp_path / "ledger.sqlite")
    read = []
    plain = LedgerFiles._run
    monkeypatch.setattr(
        LedgerFiles, "_run", lambda f, c, a, n: (read.append(r := plain(f, c, a, n)), r)[1]
    )
    began = time.perf_counter()
    own = OwnLedger(tmp_path / "ledger.sqlite", LEDGER, SIGNER)
    found, _ = folder.folded(own, own.began.state)
    root = ledger_files.root_at(own.files, ENTRIES - 777)
    took_ms = (time.perf_counter() - began) * 1_000
    sealed = [s.last - s.first + 1 for s in own.files.segments()]
    own.close()
    assert digest(found) == digest(state)
    assert own.began.from_seq == ENTRIES - BEHIND + 1
    rows = sum(len(page) for page in read)
    assert rows < 2 * BEHIND + 3_000  # to prove, to fold, and a block of leaves for the anchor
    assert len(sealed) >= 4
    monkeypatch.undo()
    with ledger_store.reading(tmp_path / "ledger.sqlite") as files:
        assert ledger_files.root_at(files, ENTRIES - 777) == root
        assert root == Tree(partial(files.leaves)).root_at(ENTRIES - 777)
    since = offline.verify(tmp_path, since_snapshot=True)
    assert (since["from_seq"], since["entries"]) == (ENTRIES - BEHIND + 1, BEHIND)
    whole = offline.verify(tmp_path)
    assert (whole["from_seq"], whole["entries"]) == (1, ENTRIES)
    with capsys.disabled():
        print(f"\n{ENTRIES} entries, {len(sealed)} segments: a start takes {took_ms:.0f} ms")  # noqa: T201
