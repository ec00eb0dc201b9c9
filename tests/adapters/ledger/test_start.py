"""Starting from a snapshot: faster, and never with less proof than a start from the beginning."""

import sqlite3

import pytest

from edgenode.adapters.ledger import backlog
from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.head_spacing import HeadSpacing
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core import node
from edgenode.core.past import names_of
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.core.sync.tree import Tree
from edgenode.daemon.folder import folder
from edgenode.model.ledgers import ExternalId
from edgenode.services.frames import frame_after
from edgenode.wire import frame
from tests.core.state.test_snapshot import lived
from tests.core.sync.parties import LEDGER, SIGNER, Writer


@pytest.fixture
def path(tmp_path):
    made = tmp_path / "ledger.sqlite"
    ledger_store.create(made, LEDGER, {"mode": "paper"})
    return made


async def begun(path, *, behind=3):
    """Store a ledger that has lived, with a snapshot `behind` entries before its end."""
    world, _ = lived()
    entries = [recorded.entry for recorded in world.recorded]
    own = OwnLedger(path, LEDGER, SIGNER)
    cut = len(entries) - behind
    early = node.fold(node.new_state(LEDGER), entries[:cut])
    await own.append(entries[:cut], snapshot=snapshot.taken(early))
    for entry in entries[cut:]:
        await own.append([entry])
    own.close()
    return world, cut


def opened(path):
    with ledger_store.reading(path) as files:
        return ledger_start.open_at(files, SIGNER.vkey)


def spoil(path, statement, *values):
    with sqlite3.connect(path) as db:
        db.execute("DROP TRIGGER IF EXISTS entry_update")
        db.execute(statement, values)
    db.close()


async def test_a_start_proves_and_folds_only_what_follows_the_snapshot(path):
    world, cut = await begun(path)
    began = opened(path)
    assert (began.from_seq, began.state.size) == (cut + 1, cut)
    assert began.head.size == len(world.recorded)
    own = OwnLedger(path, LEDGER, SIGNER)
    state, _ = folder.folded(own, own.began.state)
    own.close()
    assert digest(state) == digest(world.state)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("UPDATE snapshot SET parts = substr(parts, 1, length(parts) - 1)", ()),
        ("UPDATE snapshot SET parts = ?", (b"\x93\x01\x00\x90",)),
        ("UPDATE snapshot SET digest = ?", (bytes(32),)),
        ("UPDATE snapshot SET signature = ?", (bytes(64),)),
        ("UPDATE snapshot SET root = ?", (bytes(32),)),
        ("UPDATE snapshot SET size = size - 1", ()),
        ("UPDATE snapshot SET version = 999", ()),
        ("UPDATE head SET frontier = zeroblob(length(frontier))", ()),
    ],
)
async def test_a_snapshot_that_does_not_hold_is_left_aside(path, statement, values):
    await begun(path)
    spoil(path, statement, *values)
    began = opened(path)
    assert (began.state, began.from_seq) == (None, 1)


async def test_an_older_snapshot_serves_where_the_newest_does_not_hold(path):
    world, _ = await begun(path)
    own = OwnLedger(path, LEDGER, SIGNER)
    state, _ = folder.folded(own, own.began.state)
    writer = world.observe  # one more entry, with a snapshot of its own
    from edgenode.core.observations import DigestDue  # noqa: PLC0415

    entries = [r.entry for r in writer(DigestDue())]
    await own.append(entries, snapshot=snapshot.taken(world.state))
    own.close()
    newest = opened(path).from_seq
    spoil(path, "UPDATE snapshot SET signature = ? WHERE size = ?", bytes(64), newest - 1)
    assert opened(path).state is not None
    assert opened(path).from_seq < newest
    assert state.size < newest


async def test_what_is_wrong_behind_the_snapshot_is_found(path):
    await begun(path)
    spoil(path, "UPDATE entry SET actor = 'x' WHERE seq = (SELECT max(seq) FROM entry)")
    with pytest.raises(ledger_start.BrokenChainError):
        opened(path)


async def test_only_the_newest_snapshots_are_kept(path):
    own = OwnLedger(path, LEDGER, SIGNER)
    for entry in Writer(5).entries:
        await own.append([entry], snapshot=snapshot.Snapshot(bytes(32), b"x"))
    own.close()
    with ledger_store.opened(path) as db:
        assert [s for (s,) in db.execute("SELECT size FROM snapshot ORDER BY size")] == [4, 5]


async def test_heads_are_thinned_and_every_frame_still_ends_at_one(path):
    own = OwnLedger(path, LEDGER, SIGNER)
    for entry in Writer(1_500).entries:
        await own.append([entry])
    with ledger_store.opened(path) as db:
        sizes = [size for (size,) in db.execute("SELECT size FROM head ORDER BY size")]
    assert sizes == [512, 1024, 1500]
    tree, after, frames = Tree(own.leaves), 0, 0
    while after < 1_500:
        made = frame_after(own, tree, after)
        assert 0 < len(made.entries) <= frame.ENTRIES_MAX
        after += len(made.entries)
        frames += 1
    own.close()
    assert frames <= 3


async def test_frames_are_made_while_the_writer_thins_heads(path):
    own = OwnLedger(path, LEDGER, SIGNER)
    tree, after = Tree(own.leaves), 0
    for entry in Writer(400).entries:
        waiting = own.append([entry])
        if own.head is not None and after < own.head.size:
            made = frame_after(own, tree, after)
            assert made.entries[0].seq == after + 1
            after += len(made.entries)
        if entry.seq % 3 == 0:
            await waiting  # now and then the loop's own view of the head lags behind
    await waiting
    own.close()
    assert after > 200


def test_a_batch_too_large_for_a_block_is_a_block_of_its_own():
    spacing = HeadSpacing()
    assert spacing.next(10, 10, 100) == 0  # nothing before it
    assert spacing.next(20, 10, 100) == 10
    assert spacing.next(1_020, 1_000, 100) == 0  # the head at 20 stays
    assert spacing.next(1_030, 10, 100) == 0  # and so does that at 1,020
    assert spacing.next(1_040, 10, 100) == 1_030
    assert spacing.next(1_050, 10, 96 * 1024) == 0
    assert spacing.next(1_060, 10, 1) == 0


async def test_names_are_found_before_and_after_they_are_durable(path):
    world, _ = lived()
    entries = [recorded.entry for recorded in world.recorded]
    names = [(n, r.entry.seq) for r in world.recorded for n in names_of(r.fact)]
    own = OwnLedger(path, LEDGER, SIGNER)
    waiting = own.append(entries, names)
    for name, seq in names:
        assert own.recall(name).entry.seq == seq
    await waiting
    assert not own._backlog.named
    for name, seq in names:
        assert own.recall(name) == (seq, entries[seq - 1])
    assert own.recall(ExternalId("client", bytes(16))) is None
    own.close()


async def test_what_takes_risk_off_has_room_of_its_own(path, monkeypatch):
    monkeypatch.setattr(backlog, "BACKLOG_ENTRIES", 10)
    monkeypatch.setattr(backlog, "RESERVED_ENTRIES", 5)
    own = OwnLedger(path, LEDGER, SIGNER)
    writer = Writer(20)
    waiting = [own.append(writer.entries[:12])]
    assert not own._backlog.ordinary.is_set()
    await own.room(urgent=True)
    waiting.append(own.append(writer.entries[12:16]))
    assert not own._backlog.reserved.is_set()
    for one in waiting:
        await one
    await own.room()
    own.close()
