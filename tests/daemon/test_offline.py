"""What a folder says without its daemon, also where the folder is not as it should be."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from edgenode.daemon import offline, stopped
from edgenode.model.errors import RefusedError
from edgenode.wire import verifier
from tests.daemon.boxes import grow, made, opened


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A node behind a snapshot."""
    data = made(tmp_path_factory.mktemp("grown") / "node")
    grow(data, 60)
    grow(data, 20)
    return data


@pytest.fixture
def data(tmp_path, grown):
    return shutil.copytree(grown, tmp_path / "node")


def change(data, statement):
    """Edit the ledger by hand."""
    with closing(sqlite3.connect(data / "ledger.sqlite")) as db:
        db.executescript(f"DROP TRIGGER entry_update; {statement}")


def flip(data, seq, column="body"):
    """Flip one bit of an entry."""
    with closing(sqlite3.connect(data / "ledger.sqlite")) as db:
        (held,) = db.execute(f"SELECT {column} FROM entry WHERE seq = ?", (seq,)).fetchone()  # noqa: S608
        bad = held[:-1] + bytes([held[-1] ^ 1])
        db.execute("DROP TRIGGER IF EXISTS entry_update")
        db.execute(f"UPDATE entry SET {column} = ? WHERE seq = ?", (bad, seq))  # noqa: S608
        db.commit()


def size_of(data):
    return stopped.status_of(data)["ledger"]["size"]


def test_what_is_proved_here_holds_for_a_stranger(data):
    vkey = offline.verify(data)["vkey"]
    for seq in (1, 2, 9, size_of(data)):
        found = verifier.verify_proof(json.dumps(offline.prove(data, seq)), vkey)
        assert (found["seq"], found["size"]) == (seq, size_of(data))


def an_old_entry(data):
    """Name one in the main file, behind the snapshot."""
    with closing(sqlite3.connect(data / "ledger.sqlite")) as db:
        return db.execute("SELECT min(seq) + 12 FROM entry").fetchone()[0]


@pytest.mark.parametrize(
    ("column", "check"), [("body", "leaf"), ("prev", "leaf"), ("leaf", "leaf")]
)
def test_an_altered_entry_is_not_proved(data, column, check):
    seq = an_old_entry(data)
    assert offline.prove(data, seq)["seq"] == seq
    flip(data, seq, column)
    with pytest.raises(RefusedError) as caught:
        offline.prove(data, seq)
    assert (caught.value.code, caught.value.exit_code) == ("EN402", 13)
    assert (caught.value.seq, caught.value.check) == (seq, check)


def test_beside_an_altered_leaf_nothing_is_proved(data):
    seq = an_old_entry(data)
    flip(data, seq, "leaf")
    with pytest.raises(RefusedError, match="check root") as caught:
        offline.prove(data, seq + 1)
    assert caught.value.code == "EN402"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE head SET note = replace(note, 'edge-07 ', 'edge-08 ')",
        "UPDATE head SET root = zeroblob(32)",
        "UPDATE head SET note = 'x'",
    ],
)
def test_under_a_head_that_is_not_signed_as_stored_nothing_is_proved(data, statement):
    change(data, statement)
    with pytest.raises(RefusedError) as caught:
        offline.prove(data, 9)
    assert caught.value.code == "EN402"


def test_an_entry_altered_behind_the_snapshot_is_found_by_verify_not_by_a_start(data):
    """A start proves from the newest snapshot on, and says so (README, Files on disk)."""
    seq = an_old_entry(data)
    flip(data, seq)
    box = opened(data)
    began, size = box.proved_from, box.state.size
    box.close()
    assert seq < began <= size + 1
    with pytest.raises(RefusedError) as caught:
        offline.verify(data)
    assert (caught.value.seq, caught.value.check) == (seq, "leaf")
    flip(data, began)
    with pytest.raises(RefusedError) as caught:
        opened(data)
    assert caught.value.seq == began


def test_an_adopted_entry_is_shown_in_words_with_its_speaker(data):
    shown = [offline.show(data, seq) for seq in range(1, 6)]
    said = [row["adopted"] for row in shown if row["kind"] == "Adopted"]
    assert [one["kind"] for one in said[:2]] == ["Genesis", "Currency"]
    assert {one["ledger"] for one in said} == {"paper>edge-07/1"}
    assert said[1]["body"]["code"] == "USDC"
    assert all("adopted" not in row for row in shown if row["kind"] != "Adopted")
