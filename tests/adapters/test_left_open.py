"""Whatever is wrong with a file, nothing stays open once that was said."""

import sqlite3
from contextlib import closing

import pytest

from edgenode.adapters import sqlite_files
from edgenode.adapters.clock import WallClock
from edgenode.adapters.ledger import store as ledger_store
from edgenode.adapters.ledger.store import OwnLedger
from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.central import folder as central_folder
from edgenode.central.desk.desk import Desk
from edgenode.model.errors import EdgenodeError
from tests.central.test_desk import claimed
from tests.core.sync.parties import LEDGER, SIGNER, Writer


def is_open(db):
    try:
        db.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


@pytest.fixture
def left_open(monkeypatch):
    """Return a function that counts the connections that are open."""
    made, connect = [], sqlite3.connect

    def connected(*args, **how):
        made.append(connect(*args, **{**how, "check_same_thread": False}))
        return made[-1]

    monkeypatch.setattr(sqlite3, "connect", connected)
    yield lambda: [db for db in made if is_open(db)]
    assert made, "nothing was opened at all"
    for db in made:
        db.close()


@pytest.fixture
async def path(tmp_path):
    made = tmp_path / "ledger.sqlite"
    ledger_store.create(made, LEDGER, {"mode": "paper"})
    own = OwnLedger(made, LEDGER, SIGNER)
    await own.append(Writer(3).entries)
    own.close()
    return made


def spoil(path, statement):
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(f"DROP TRIGGER entry_update; DROP TRIGGER entry_delete; {statement}")


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("content", [b"", b"garbage of some length " * 200])
def test_a_file_that_is_no_database(path, left_open, content, read_only):
    path.write_bytes(content)
    with pytest.raises(EdgenodeError):
        sqlite_files.connect(path, read_only=read_only)
    assert left_open() == []


def test_a_file_that_cannot_be_begun(tmp_path, left_open):
    with pytest.raises(EdgenodeError):
        sqlite_files.create(tmp_path / "new.sqlite", "CREATE NONSENSE;")
    assert left_open() == []


@pytest.mark.parametrize(
    "damage", ["UPDATE entry SET body = x'80' WHERE seq = 2", "DELETE FROM head"]
)
def test_a_ledger_that_does_not_verify(path, left_open, damage):
    spoil(path, damage)
    with pytest.raises(EdgenodeError):
        OwnLedger(path, LEDGER, SIGNER)
    assert left_open() == []


async def test_a_file_of_others_that_is_damaged(tmp_path, left_open):
    (tmp_path / "peers.sqlite").write_bytes(b"garbage of some length " * 200)
    with pytest.raises(EdgenodeError):
        await Mirrors.open(tmp_path / "peers.sqlite")
    assert left_open() == []


async def test_a_centre_one_of_whose_ledgers_does_not_verify(tmp_path, left_open):
    data, wall = tmp_path / "centre", WallClock()
    central_folder.init(data)
    async with central_folder.opened(data, wall, wall) as opened:
        desk = Desk(opened)
        await claimed(desk, actor="ann")
    (down,) = [file for file in data.rglob("*.sqlite") if "edge-07" in str(file)]
    down.write_bytes(b"garbage of some length " * 200)
    with pytest.raises(EdgenodeError):
        async with central_folder.opened(data, wall, wall):
            pass
    assert left_open() == []
