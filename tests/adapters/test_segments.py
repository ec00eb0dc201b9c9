"""Sealed runs lie in files of their own, and the ledger reads as one."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from edgenode.adapters import durable_file
from edgenode.adapters.ledger import segments
from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.files import LedgerFiles
from edgenode.adapters.ledger.keeping import Keeper
from edgenode.core import node
from edgenode.core.past import client_name, done_name, names_of, order_name
from edgenode.core.state.digest import digest
from edgenode.core.sync import receive
from edgenode.core.sync.receive import HeldLedger
from edgenode.core.sync.tree import Tree
from edgenode.daemon.folder import folder
from edgenode.model.errors import InvariantBrokenError, RefusedError
from edgenode.model.orders import OrderKey
from edgenode.services.frames import frame_after
from tests.adapters.lives import LENGTH, Life, lived
from tests.core.sync.parties import LEDGER, SIGNER
from tests.core.world import CUSTOMER


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


@pytest.fixture
async def life(path):
    made = await lived(path, 200)
    yield made
    made.own.close()


def counted(path):
    with ledger_store.opened(path) as db:
        return db.execute("SELECT count(*) FROM entry").fetchone()[0]


def verified(path, **how):
    with ledger_store.reading(path) as files:
        return ledger_start.verify(files, SIGNER.vkey, bodies=True, **how)


def files_of(path):
    return sorted(p.name for p in (path.parent / "segments").iterdir())


async def test_what_was_sealed_leaves_the_main_file_and_the_ledger_reads_as_one(life, path):
    made = life.own.files.segments()
    assert len(made) >= 3
    assert [s.first for s in made] == [1, *(s.last + 1 for s in made[:-1])]
    assert all(s.last - s.first < LENGTH for s in made)
    size, sealed = life.own.head.size, life.sealed
    assert counted(path) == size - made[-1].last
    assert life.own.read(0, size + 9) == sealed
    middle = made[0].last
    assert life.own.read(middle - 3, 7) == sealed[middle - 3 : middle + 4]
    assert life.own.leaves(1, size) == [s.leaf for s in sealed[1:]]
    tip, head, from_seq = verified(path)
    assert (tip.size, head, from_seq) == (size, life.own.head, 1)
    assert files_of(path) == [f"{s.first:012}-{s.last:012}.sqlite" for s in made]


async def test_a_start_from_the_snapshot_reads_no_segment(life, path):
    life.own.close()
    for file in (path.parent / "segments").iterdir():
        file.rename(file.with_suffix(".away"))
    own = life.open()
    state, _ = folder.folded(own, own.began.state)
    assert digest(state) == life.digest()
    assert own.began.from_seq > own.files.segments()[-1].last
    with pytest.raises(RefusedError, match="cannot be read") as refused:
        own.read(0, 1)
    assert (refused.value.code, "put its copy" in refused.value.do) == ("EN402", True)


async def test_the_whole_ledger_folds_to_the_same_digest_as_before(life):
    state = node.fold(node.new_state(LEDGER), folder.entries(life.own.read))
    assert digest(state) == life.digest()


async def test_names_are_found_in_segments(life):
    order_id = life.trade("later")
    await life.store()
    await life.grow(100)
    life.own.rest()
    found = life.own.recall(client_name(OrderKey("desk:overlay", "later")))
    assert found.seq <= life.own.files.segments()[-1].last
    assert found == life.own.recall(order_name(order_id))
    assert found.entry.kind == "OrderGated"
    assert life.own.recall(done_name(order_id)).entry.kind == "OrderDone"
    assert life.own.recall(client_name(OrderKey(CUSTOMER, "never"))) is None


async def test_a_fresh_mirror_is_fed_from_the_first_entry_on(life):
    tree, held = Tree(life.own.leaves, life.own.edge), HeldLedger(LEDGER)
    while held.size < life.own.head.size:
        made = frame_after(life.own, tree, held.size)
        held = receive.take(made, held, SIGNER.vkey).after
    assert held.root == life.own.head.root


async def test_nothing_is_sealed_before_two_snapshots_lie_behind_it(path):
    life = Life(path, every=10**9)
    await life.grow(150)
    life.own.rest()
    assert life.own.files.segments() == []
    life.every = 1
    await life.grow(1)
    assert life.own.files.segments() == []  # its head is the first that stays: the run's end
    for _ in range(3):
        await life.grow(1)
    life.own.rest()
    (one,) = life.own.files.segments()
    assert one.last < min(ledger_start.snapshots(life.own.files))
    life.own.close()


BEHIND = """
INSERT INTO segment SELECT last + 2, last + 9, hlc, leaf, root, frontier, note, sha256, 0
  FROM segment ORDER BY last DESC LIMIT 1
"""
GAP = """
INSERT INTO entry SELECT seq + 99, hlc, kind, actor, automatic, randomblob(16), body, prev, leaf
  FROM entry LIMIT 1
"""


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (
            "DELETE FROM entry WHERE seq = (SELECT min(seq) FROM entry)",
            "unless a segment holds it",
        ),
        ("UPDATE segment SET sha256 = zeroblob(32)", "never changed"),
        ("DELETE FROM segment", "never forgotten"),
        ("UPDATE segment SET dropped = -1", "does not come back"),
        (BEHIND, "must follow"),
        (GAP, "continue the chain"),
    ],
)
async def test_the_main_file_refuses_what_no_correct_program_does(life, path, statement, why):
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError, match=why):
        db.execute(statement)


@pytest.mark.parametrize("statement", ["DELETE FROM entry", "UPDATE entry SET actor = 'x'"])
async def test_a_segment_refuses_to_be_changed(life, path, statement):
    file = path.parent / "segments" / files_of(path)[1]
    with closing(sqlite3.connect(file)) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute(statement)


async def test_what_is_in_both_files_is_equal_and_read_once(path, monkeypatch):
    monkeypatch.setattr(Keeper, "_tidy", lambda _: iter(()))
    life = await lived(path, 200)
    assert counted(path) == life.own.head.size
    assert life.own.files.segments()
    assert life.own.read(0, 10**6) == life.sealed
    assert verified(path)[0].size == life.own.head.size
    life.own.close()
    monkeypatch.undo()
    life.open().rest()  # the next start lets go of them
    assert counted(path) == life.own.head.size - life.own.files.segments()[-1].last
    assert life.own.read(0, 10**6) == life.sealed
    life.own.close()


def spoil(file, at=-2_000):
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)


def swap(path, one, two):
    names = files_of(path)
    held = (path.parent / "segments" / names[one]).read_bytes()
    (path.parent / "segments" / names[two]).write_bytes(held)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: spoil(path.parent / "segments" / files_of(path)[1]),
        lambda path: (path.parent / "segments" / files_of(path)[0]).write_bytes(b"x" * 5_000),
        lambda path: (path.parent / "segments" / files_of(path)[0]).unlink(),
        lambda path: swap(path, 0, 1),
    ],
)
async def test_a_damaged_segment_is_found_by_verify(life, path, damage):
    life.own.close()
    damage(path)
    with pytest.raises(RefusedError) as refused:
        verified(path)
    assert refused.value.code == "EN402"
    life.open()


async def test_entries_changed_by_hand_are_not_sealed_over(path):
    life = Life(path, length=10**6)
    await life.grow(150)
    life.own.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript("DROP TRIGGER entry_update; UPDATE entry SET actor = 'x' WHERE seq = 9;")
    life.length = LENGTH
    life.open().rest()
    assert "leaf" in life.own.trouble
    assert life.own.files.segments() == []
    assert not list((path.parent / "segments").iterdir())
    await life.grow(5)  # what can no longer be proved is kept, and the node goes on
    life.own.close()


async def test_without_room_nothing_is_sealed_and_the_ledger_goes_on(path, monkeypatch):
    def full(folder, spare_bytes):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(durable_file, "check_room", full)
    life = await lived(path, 200)
    assert "No space left" in life.own.trouble
    assert life.own.files.segments() == []
    monkeypatch.undo()
    await life.grow(60)
    life.own.rest()
    assert (life.own.trouble, len(life.own.files.segments()) > 2) == ("", True)
    life.own.close()


async def test_a_dropped_file_that_cannot_be_removed_stops_nothing(life, path, monkeypatch):
    def failing(path):
        raise OSError(5, "Input/output error")

    first = life.own.files.segments()[0]
    monkeypatch.setattr(durable_file, "remove", failing)
    life.own.drop([first])
    life.own.rest()
    assert "Input/output error" in life.own.trouble
    assert life.own.files.cut() == first._replace(dropped=1)
    await life.grow(3)
    monkeypatch.undo()
    life.own.close()
    life.open().rest()
    assert f"{first.name}.sqlite" not in files_of(path)
    assert life.own.files.cut() == first._replace(dropped=1)


async def test_a_name_whose_entry_was_dropped_may_be_given_again_but_no_other(life, monkeypatch):
    monkeypatch.setattr(Keeper, "_forget", lambda _: iter(()))  # power goes before the names
    sealed = life.own.files.segments()
    held = [n for r in life.world.recorded[: sealed[-1].last] for n in names_of(r.fact)]
    fill = next(name for name in held if name.scope == "fill")
    client = next(name for name in held if name.scope == "client")
    life.own.drop(list(sealed))
    life.own.rest()
    assert life.own.recall(fill) is None
    assert life.own.recall(client) == (life.own.recall(client).seq, None)
    life.step()
    await life.store()
    life.step()
    entry = life.world.recorded[life.stored].entry
    await life.own.append([entry], [(fill, entry.seq)])
    assert life.own.recall(fill) == (entry.seq, entry)
    monkeypatch.undo()
    life.own.drop([])
    life.own.rest()  # the names of the dropped segment go; this one is no longer of it
    assert life.own.recall(fill) == (entry.seq, entry)
    life.step()
    late = [r.entry for r in life.world.recorded[life.stored + 1 :]][:1]
    with pytest.raises(InvariantBrokenError, match="NOT NULL"):
        await life.own.append(late, [(fill, late[0].seq)])


async def test_a_failed_step_in_the_main_file_is_final(path, monkeypatch):
    def broken(_, __):
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(Keeper, "_record", broken)
    life = Life(path)
    with pytest.raises(InvariantBrokenError) as caught:
        await life.grow(10_000)
    assert caught.value.code == "EN404"
    with pytest.raises(InvariantBrokenError):
        life.own.rest()
    life.own.close()


class Stepped:
    """A keeper without its thread: the test says when it does a slice, and when it ends."""

    def __init__(self, path, length=LENGTH):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.files = LedgerFiles(self.db, LEDGER, path.parent / "segments")
        self.keeper = Keeper(self.files, SIGNER.vkey, length)

    def run(self, slices=None):
        """Do so many slices, or all; gives how many were done."""
        done = 0
        while self.keeper.busy and done != slices:
            self.keeper.step()
            done += 1
        return done

    def end(self):
        self.keeper.close()
        self.files.close()
        self.db.close()


@pytest.fixture
async def unsealed(path, monkeypatch):
    """A life that ended before anything was sealed; its keeper's slices are small."""
    monkeypatch.setattr(segments, "SLICE_ENTRIES", 8)
    life = Life(path, length=10**6)
    await life.grow(130)
    life.own.close()
    return life


def copied(path, to):
    shutil.copytree(path.parent, to)
    return to / path.name


async def test_sealing_that_ends_after_any_slice_is_finished_or_discarded_by_the_next(
    unsealed, path, tmp_path_factory
):
    folder_, entries = tmp_path_factory.mktemp("sealing"), unsealed.sealed
    whole = Stepped(copied(path, folder_ / "whole"))
    slices = whole.run()
    made = [s._replace(sha256=b"") for s in whole.files.segments()]
    whole.end()
    assert (slices > 30, len(made) > 1) == (True, True)
    for count in range(slices):
        fresh = copied(path, folder_ / str(count))
        first = Stepped(fresh)
        first.run(count)
        first.end()
        with ledger_store.reading(fresh) as files:
            assert files.read(0, 10**6) == entries, count
            assert ledger_start.verify(files, SIGNER.vkey)[0].size == len(entries)
        second = Stepped(fresh)
        second.run()
        assert [s._replace(sha256=b"") for s in second.files.segments()] == made, count
        assert second.files.read(0, 10**6) == entries
        second.end()
        assert len(files_of(fresh)) == len(made)  # and no part is left


async def test_dropping_that_ends_after_any_slice_is_finished_by_the_next(
    unsealed, path, tmp_path_factory
):
    folder_, entries = tmp_path_factory.mktemp("dropping"), unsealed.sealed
    sealed = Stepped(path)
    sealed.run()
    two = sealed.files.segments()[:2]
    sealed.end()
    whole = Stepped(copied(path, folder_ / "whole"))
    whole.keeper.drop(two)
    slices = whole.run()
    left = names_in(whole.db)
    whole.end()
    assert slices > 12
    for count in range(slices):
        fresh = copied(path, folder_ / str(count))
        first = Stepped(fresh)
        first.keeper.drop(two)
        first.run(count)
        first.end()
        second = Stepped(fresh)
        second.run()
        cut = second.files.cut()
        from_seq = cut.last if cut else 0
        assert second.files.read(from_seq, 10**6) == entries[from_seq:], count
        assert ledger_start.verify(second.files, SIGNER.vkey)[2] == from_seq + 1
        here = [f"{s.name}.sqlite" for s in second.files.segments() if not s.dropped]
        assert files_of(fresh) == here, count
        second.keeper.drop([s for s in two if s.name + ".sqlite" in here])
        second.run()
        assert names_in(second.db) == left, count
        second.end()


def names_in(db):
    return db.execute("SELECT scope, key, seq FROM ext_idem").fetchall()


async def test_a_commit_waits_for_one_slice_at_most(unsealed, path, monkeypatch):
    order = []
    step, commit = Keeper.step, ledger_store.OwnLedger._commit
    monkeypatch.setattr(Keeper, "step", lambda k: (order.append("slice"), step(k)))
    monkeypatch.setattr(
        ledger_store.OwnLedger, "_commit", lambda o, b: (order.append("commit"), commit(o, b))[1]
    )
    unsealed.length, unsealed.every = LENGTH, 1
    own = unsealed.open()
    with own._writing:  # nothing is done before all of these wait, each a batch of its own
        order.clear()
        for _ in range(12):
            unsealed.step()
            last = unsealed.put()
    await last
    own.rest()
    begins = order.index("commit")
    assert begins <= 1
    assert order[begins : begins + 24] == ["commit", "slice"] * 12
    assert order.count("slice") > 30
    own.close()
