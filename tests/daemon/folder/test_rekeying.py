"""The next ledger of a box: whatever cuts the command off, the same again finishes it."""

import pytest

from edgenode.adapters.ledger import store as ledger_store
from edgenode.daemon import offline, paper
from edgenode.daemon.folder import enrolment, folder, rekeying
from edgenode.model.errors import EdgenodeError, RefusedError
from edgenode.model.facts import Genesis
from edgenode.wire import checkpoint, facts
from edgenode.wire.note import Vkey

MOVES = range(12)  # more than there are


class PowerCutError(Exception):
    """The power goes."""


@pytest.fixture
def data(tmp_path):
    """A box that was enrolled."""
    made = tmp_path / "boxes" / "node"
    begun = folder.init(made, node_id="edge-07", mode="paper", world=paper.by_hand())
    pin = {"url": "http://127.0.0.1:1", "party": "centre"}
    enrolment.write_pin(made, pin | dict.fromkeys(("vkey", "cosigner"), begun["ledger_vkey"]))
    return made


def key_of(data):
    return folder.load_key(data).vkey


def genesis(data):
    with ledger_store.reading(data / "ledger.sqlite") as files:
        (first,) = files.read(0, 1)
    found = facts.decode(first.entry.kind, first.entry.body)
    assert isinstance(found, Genesis)
    return found


def assert_rekeyed(data, incarnation, older_key, older):
    """The newer ledger verifies and names the older one's head, which verifies beside it."""
    aside = data / "incarnations" / str(incarnation - 1)
    verified, before = offline.verify(data), offline.verify(aside)
    assert (verified["ledger"], verified["size"]) == (f"edge-07/{incarnation}", 1)
    assert (verified["anchor"], before["anchor"]) == ("match", "match")
    assert {key: before[key] for key in ("size", "root", "vkey")} == {
        key: older[key] for key in ("size", "root", "vkey")
    }
    named = checkpoint.verify(genesis(data).previous_head, older_key)
    assert (named.size, named.root.hex()) == (older["size"], older["root"])
    assert key_of(data) != older_key
    assert not (aside / "keys").exists(), "nobody writes to the older ledger again"
    assert not (data / "next").exists()
    assert not list(data.glob("*.part"))


def test_two_ledgers_in_a_row_each_name_the_one_before(data):
    for incarnation in (2, 3):
        key, older = key_of(data), offline.verify(data)
        made = rekeying.rekey(data)
        assert made["ledger"] == f"edge-07/{incarnation}"
        assert (made["older_size"], made["older_cosigned_size"]) == (older["size"], 0)
        assert made["fingerprint"] == Vkey.parse(made["ledger_vkey"]).fingerprint
        assert_rekeyed(data, incarnation, key, older)
    opened = folder.open_for_writing(data)
    assert opened.state.rules.policy is None, "its rules and books come from the centre"
    opened.close()


@pytest.mark.parametrize("at", MOVES)
@pytest.mark.parametrize("before", [True, False])
def test_cut_off_at_any_move_the_same_again_finishes_it(data, monkeypatch, at, before):
    key, older, move, moves = key_of(data), offline.verify(data), rekeying._move, []

    def cut(source, target):
        moves.append(source)
        if len(moves) == at + 1:
            if not before:
                move(source, target)
            raise PowerCutError
        move(source, target)

    monkeypatch.setattr(rekeying, "_move", cut)
    try:
        rekeying.rekey(data)
    except PowerCutError:
        placed = not (data / "next" / "ledger.sqlite").exists()
        began = at > 0 or not before
        if began and not placed:
            with pytest.raises(EdgenodeError) as told:
                folder.open_for_writing(data)
            assert told.value.code in {"EN401", "EN405"}, "no start on half of a folder"
        monkeypatch.setattr(rekeying, "_move", move)
        rekeying.rekey(data)
    assert_rekeyed(data, 2, key, older)


def test_cut_off_before_it_is_whole_nothing_has_changed(data, monkeypatch):
    key, older, place = key_of(data), offline.verify(data), rekeying.durable_file.place

    def cut(_):
        raise PowerCutError

    monkeypatch.setattr(rekeying.durable_file, "place", cut)
    with pytest.raises(PowerCutError):
        rekeying.rekey(data)
    assert (key_of(data), offline.verify(data)) == (key, older)
    monkeypatch.setattr(rekeying.durable_file, "place", place)
    rekeying.rekey(data)
    assert_rekeyed(data, 2, key, older)


def test_it_refuses_while_the_daemon_runs_and_without_a_centre(data):
    opened = folder.open_for_writing(data)
    with pytest.raises(RefusedError) as told:
        rekeying.rekey(data)
    assert told.value.code == "EN403"
    opened.close()
    (data / "centre.json").unlink()
    with pytest.raises(RefusedError) as told:
        rekeying.rekey(data)
    assert told.value.code == "EN307"
    with pytest.raises(EdgenodeError) as told:
        rekeying.rekey(data / "absent")
    assert told.value.code == "EN401"
