"""A real node whose older entries were sealed, archived and dropped, and its real centre."""

import pytest

from tests.daemon import boxes
from tests.journeys.box import command, order, running
from tests.journeys.centre import QUICK, own_digest, same, serving, synced, until


@pytest.fixture
def centre(tmp_path, monkeypatch):
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    with serving(tmp_path / "centre") as made:
        yield made


@pytest.fixture
def data(tmp_path, centre):
    """An enrolled node that has lived alone for some segments."""
    data = tmp_path / "boxes" / "node"
    assert command("init", "--data", str(data), "--node-id", "edge-07")[0] == 0
    code = centre.desk("node", "enroll", "--node-id", "edge-07")[1]["code"]
    claim = ("enroll", "--data", str(data), "--central", centre.url, "--code-file", "-")
    claimed = command(*claim, stdin=code)
    assert claimed[0] == 0
    centre.approve("edge-07", claimed[1]["fingerprint"])
    boxes.grow(data, 260)
    return data


def ledger(data, *args):
    return command("ledger", *args, "--data", str(data))


def segments(data):
    return sorted((data / "segments").glob("*.sqlite"))


def test_a_pruned_node_stays_in_step_and_asks_a_centre_that_lost_everything_to_heal(
    centre, data, tmp_path
):
    assert len(segments(data)) > 4
    with running(data) as box:  # a fresh centre is fed from the segments
        until(box, synced)
        assert box.stop() == 0
    assert same(own_digest(data), centre.digest())

    archive = tmp_path / "archive"
    archive.mkdir()
    assert ledger(data, "archive", "--to", str(archive))[1]["copied"] == len(segments(data))
    told = ledger(data, "prune", "--keep", "1", "--keep-days", "0")
    assert (told[0], told[1]["kept"], len(segments(data))) == (0, 1, 1)
    cut = told[1]["cut"]
    verified = ledger(data, "verify")[1]
    assert (verified["from_seq"], verified["anchor"]) == (cut + 1, "match")
    assert ledger(data, "verify", "--archive", str(archive))[1]["from_seq"] == 1
    assert ledger(data, "verify", "--since-snapshot")[1]["entries"] < verified["entries"]
    assert ledger(data, "show", "1")[1]["code"] == "EN409"
    assert ledger(data, "show", "1", "--archive", str(archive))[1]["kind"] == "Genesis"
    assert ledger(data, "prove", str(cut + 1))[1]["seq"] == cut + 1

    with running(data) as box:
        until(box, synced)
        assert box.ask("POST", "/api/v1/orders", order("A1", price="1400.00"))[0] == 201
        until(box, synced)
        assert box.ask("GET", "/api/v1/ledger?after=0")[0] == 410
        assert box.ask("GET", f"/api/v1/ledger?after={cut}")[0] == 200
        assert box.stop() == 0
    assert same(own_digest(data), centre.digest())

    centre.kill()
    for file in centre.data.glob("nodes.sqlite*"):
        file.unlink()
    centre.start()
    with running(data) as box:
        status = until(box, lambda s: s["sync"]["last_error"])
        assert "must heal from its archive" in status["sync"]["last_error"]
        assert not status["sync"]["online"]
        assert box.ask("POST", "/api/v1/orders", order("A2", price="1400.00"))[0] == 201
        assert box.stop() == 0


def test_a_daemon_drops_by_itself_what_it_need_not_keep(centre, data, tmp_path, monkeypatch):
    with running(data) as box:
        until(box, synced)
        assert box.stop() == 0
    archive = tmp_path / "archive"
    archive.mkdir()
    ledger(data, "archive", "--to", str(archive))
    digest = own_digest(data)["digest"]
    monkeypatch.setenv("EDGENODE__LEDGER__SEGMENTS_KEPT", "2")
    monkeypatch.setenv("EDGENODE__LEDGER__KEEP_DAYS", "0")
    with running(data) as box:
        until(box, lambda _: len(segments(data)) == 2)
        until(box, synced)
        assert box.stop() == 0
    verified = ledger(data, "verify")[1]
    assert verified["from_seq"] > 100
    assert own_digest(data)["digest"] != digest  # it has gone on
    assert same(own_digest(data), centre.digest())
