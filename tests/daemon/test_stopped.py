"""A stopped node: what the disk knows, null for the rest, a problem for what is damaged."""

import json
import shutil

import pytest

from edgenode.daemon import offline, stopped
from tests.daemon.boxes import cosign, grow, made
from tests.journeys.box import command, running


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """A node that grew on behind the newest cosignature."""
    data = made(tmp_path_factory.mktemp("grown") / "node")
    grow(data, 30)
    cosign(data, offline.checkpoint(data))
    grow(data, 20, "A1", "A2")
    return data


@pytest.fixture
def data(tmp_path, grown):
    return shutil.copytree(grown, tmp_path / "node")


def test_the_link_is_told_as_the_newest_cosignature_shows_it(data):
    found = stopped.status_of(data)
    sync, size = found["sync"], found["ledger"]["size"]
    acked = offline.verify(data)["cosigned_size"]
    assert 0 < acked < size
    assert (sync["configured"], sync["online"]) == (True, False)
    assert (sync["acked_size"], sync["unsynced_entries"]) == (acked, size - acked)
    assert sync["oldest_unsynced_at"] == next(
        row["at"] for row in offline.log(data, size) if row["seq"] == acked + 1
    )
    assert sync["hard_stop_at"]
    assert sync["at_risk"]["currency"] == "USDC"
    assert sync["last_error"] is sync["offline_since"] is None


def test_pause_breaks_event_and_pnl_are_told(data):
    found = stopped.status_of(data)
    assert (found["breaks"], found["event"]) == (0, None)
    assert found["hedges_paused"] is False
    assert found["pnl"] == {"amount": "0.00", "currency": "USDC"}
    assert found["paused"] is False


def test_a_pause_is_told(tmp_path):
    data = tmp_path / "node"
    assert command("init", "--data", str(data))[0] == 0
    with running(data) as box:
        assert command("pause", "--hedges", "--data", str(data))[0] == 0
        assert box.stop() == 0
    found = stopped.status_of(data)
    assert (found["paused"], found["hedges_paused"]) == (True, True)


def test_a_node_that_was_never_enrolled_has_nothing_to_send(tmp_path):
    sync = stopped.status_of(made(tmp_path / "node"))["sync"]
    assert (sync["configured"], sync["acked_size"], sync["unsynced_entries"]) == (False, 0, 0)


def test_what_is_lost_beside_the_ledger_counts_as_never_cosigned(data):
    (data / "peers.sqlite").unlink()
    sync = stopped.status_of(data)["sync"]
    assert (sync["acked_size"], sync["unsynced_entries"]) == (
        0,
        stopped.status_of(data)["ledger"]["size"],
    )


@pytest.mark.parametrize(
    ("name", "content", "code", "do"),
    [
        ("peers.sqlite", b"", "EN402", "move the file away"),
        ("peers.sqlite", b"no database at all, but of some length" * 99, "EN402", "move the file"),
        ("centre.json", b"", "EN405", "enroll again"),
    ],
)
def test_what_is_damaged_beside_the_ledger_is_a_problem_and_the_rest_is_told(
    data, name, content, code, do
):
    (data / name).write_bytes(content)
    found = stopped.status_of(data)
    (row,) = found["problems"]
    assert (row["code"], row["severity"]) == (code, "error")
    assert do in row["do"]
    assert found["sync"]["acked_size"] is found["sync"]["unsynced_entries"] is None
    assert found["ledger"]["size"] > 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("garbage", "it is not JSON"),
        ("[]", "it is no JSON object"),
        ("{}", "it has no 'vkey'"),
        (json.dumps({"vkey": "x"}), "is no vkey"),
        (json.dumps({"vkey": 7}), "it is no JSON object of texts"),
    ],
)
def test_a_pin_that_is_not_one_is_told_with_what_to_do(data, text, found):
    (data / "centre.json").write_text(text)
    (row,) = stopped.status_of(data)["problems"]
    assert found in row["text"]
    assert "enroll again" in row["do"]


def test_it_has_every_field_of_a_running_node(tmp_path):
    data = tmp_path / "node"
    assert command("init", "--data", str(data))[0] == 0
    with running(data):
        live = command("status", "--data", str(data))[1]
    rest = command("status", "--data", str(data))[1]
    assert live.keys() == rest.keys()
    for part in ("sync", "ledger"):
        assert live[part].keys() == rest[part].keys()
    assert live["ledger"]["verified_from_seq"] >= 1
