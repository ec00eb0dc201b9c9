"""The writer thread: one fsync for all that waited, and a failed commit is the last."""

import asyncio
import sqlite3

import pytest

from edgenode.adapters import sqlite_files
from edgenode.adapters.ledger import start as ledger_start
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.core.ledger.chain import BrokenChainError
from edgenode.model.errors import InvariantBrokenError, RefusedError
from tests.core.sync.parties import LEDGER, SIGNER, Writer


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "ledger.sqlite"
    ledger_store.create(path, LEDGER, {"vkey": SIGNER.vkey.text})
    return path


@pytest.fixture
def own(path):
    opened = OwnLedger(path, LEDGER, SIGNER)
    yield opened
    opened.close()


INSERT = (
    "INSERT INTO entry SELECT {}, hlc, kind, actor, automatic, randomblob(16), body, {}, leaf"
    " FROM entry WHERE seq = 1"
)


class Locked:
    """The disk that does not answer: another connection holds the write lock."""

    def __init__(self, path):
        self._db = sqlite3.connect(path, isolation_level=None)

    def __enter__(self):
        self._db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_):
        self._db.execute("ROLLBACK")
        self._db.close()


async def test_a_durable_entry_always_lies_under_a_signed_head(own, path):
    writer = Writer(5)
    head = await own.append(writer.entries)
    assert head == own.head
    assert (head.size, head.root) == (5, writer.head().root)
    with ledger_store.reading(path) as files:
        tip, said, _ = ledger_start.verify(files, SIGNER.vkey, bodies=True)
    assert (tip.size, said) == (5, head)


async def test_all_that_waited_share_one_commit(own, path):
    writer = Writer(60)
    heads = []
    own.on_commit.append(lambda sealed, head: heads.append((len(sealed), head.size)))
    with Locked(path):
        waiting = [own.append([entry]) for entry in writer.entries]
        await asyncio.sleep(0)
        assert not any(w.done() for w in waiting)
    for one in waiting:
        await one
    assert len(heads) <= 2  # at most one was on its way when the disk stood still
    assert heads[-1][1] == 60
    assert sum(count for count, _ in heads) == 60


async def test_a_failed_commit_is_final_and_what_was_durable_stays(own, path):
    writer = Writer(4)
    await own.append(writer.entries[:2])
    twisted = writer.entries[2]._replace(idem=writer.entries[0].idem)  # refused by the store
    first = own.append([twisted])
    second = own.append([writer.entries[3]])
    for failed in (first, second):
        with pytest.raises(InvariantBrokenError) as caught:
            await failed
        assert caught.value.code == "EN404"
    with pytest.raises(InvariantBrokenError):
        await own.append([writer.entries[2]])
    assert own.head.size == 2
    with ledger_store.reading(path) as files:
        assert ledger_start.verify(files, SIGNER.vkey)[0].size == 2


async def test_a_caller_that_goes_away_loses_no_entry(own):
    writer = Writer(2)
    gone = own.append(writer.entries[:1])
    gone.cancel()
    await own.append(writer.entries[1:])
    assert own.head.size == 2


async def test_closing_makes_durable_what_was_appended(path):
    own = OwnLedger(path, LEDGER, SIGNER)
    own.append(Writer(3).entries)
    own.close()
    again = OwnLedger(path, LEDGER, SIGNER)
    assert again.head.size == 3
    again.close()


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM entry WHERE seq = 2", "never dropped"),
        ("UPDATE entry SET actor = 'x' WHERE seq = 2", "never changed"),
        (
            INSERT.format(9, "prev"),
            "continue the chain",
        ),
        (
            INSERT.format(4, "zeroblob(32)"),
            "continue the chain",
        ),
    ],
)
async def test_the_file_itself_refuses_what_no_correct_program_does(own, path, statement, why):
    await own.append(Writer(3).entries)
    with sqlite3.connect(path) as db, pytest.raises(sqlite3.IntegrityError, match=why):
        db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE entry SET body = x'80' WHERE seq = 2", "leaf"),
        ("UPDATE entry SET leaf = zeroblob(32) WHERE seq = 2", "leaf"),
        ("DELETE FROM entry WHERE seq = 2", "gap"),
        ("DELETE FROM entry WHERE seq = 3", "root"),
        ("UPDATE head SET note = replace(note, 'edgenode', 'elsewhere')", "signature"),
        ("DELETE FROM head", "signature"),
    ],
)
async def test_damage_by_hand_is_found_at_the_next_start(path, damage, check):
    own = OwnLedger(path, LEDGER, SIGNER)
    await own.append(Writer(3).entries)
    own.close()
    with sqlite3.connect(path) as db:
        db.executescript("DROP TRIGGER entry_update; DROP TRIGGER entry_delete;" + damage)
    db.close()
    with pytest.raises(BrokenChainError) as caught:
        OwnLedger(path, LEDGER, SIGNER)
    assert caught.value.check == check
    assert caught.value.code == "EN402"


async def test_own_entries_can_be_taken_back_from_a_peer(own):
    writer = Writer(9)
    await own.append(writer.entries[:4])
    own.restore(writer.sealed[4:], writer.head())
    assert (own.head.size, own.head.root) == (9, writer.head().root)
    with pytest.raises(BrokenChainError):
        own.restore(Writer(12, twist=8).sealed[9:], Writer(12, twist=8).head())
    writer.grow(1)
    assert (await own.append(writer.entries[9:])).size == 10


async def test_a_restore_that_the_disk_refuses_changes_nothing(own, monkeypatch):
    writer = Writer(9)
    await own.append(writer.entries[:4])

    def full(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(ledger_store.ledger_commit, "note_taken_back", full)
    with pytest.raises(InvariantBrokenError) as caught:
        own.restore(writer.sealed[4:], writer.head())
    assert caught.value.code == "EN404"
    assert (own.head.size, own.took_back, own.read(4, 9)) == (4, False, [])


def test_a_ledger_is_never_begun_over_another_nor_by_a_wrong_path(path, tmp_path):
    with pytest.raises(RefusedError) as caught:
        ledger_store.create(path, LEDGER, {})
    assert caught.value.code == "EN406"
    with pytest.raises(RefusedError) as caught:
        sqlite_files.connect(tmp_path / "nowhere.sqlite")
    assert caught.value.code == "EN401"
    assert not (tmp_path / "nowhere.sqlite").exists()
    (tmp_path / "text").write_text("no database at all, but long enough to look at")
    with pytest.raises(RefusedError) as caught:
        sqlite_files.connect(tmp_path / "text")
    assert caught.value.code == "EN402"


async def test_a_head_and_leaves_can_be_read_beside_the_writer(own):
    writer = Writer(6)
    for entry in writer.entries:
        await own.append([entry])
    assert own.leaves(1, 3) == [s.leaf for s in writer.sealed[1:3]]
    assert own.read(4, 10) == writer.sealed[4:]
    run, heads = own.covered(2, 10)
    assert run == writer.sealed[2:]
    assert [head.size for head in heads] == [6]
    assert own.covered(6, 10) == ([], [])


@pytest.mark.parametrize("suffix", ["", "-wal"])
@pytest.mark.parametrize("copied", [False, True])
async def test_what_lies_elsewhere_than_the_next_start_looks_is_never_durable(
    own, path, suffix, copied
):
    writer = Writer(6)
    await own.append(writer.entries[:3])
    own.check_in_place()
    file = path.with_name(path.name + suffix)
    content = file.read_bytes()
    file.unlink()
    if copied:
        file.write_bytes(content)
    with pytest.raises(InvariantBrokenError, match="another file" if copied else "gone") as idle:
        own.check_in_place()
    assert idle.value.code == "EN404"
    for entries in (writer.entries[3:], writer.entries[5:]):
        with pytest.raises(InvariantBrokenError):
            await own.append(entries)
