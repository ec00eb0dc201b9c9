"""Enrolment and sync of real processes: a link that comes and goes, old copies, clones, junk."""

import json
import shutil
import sqlite3

import pytest

from edgenode.adapters.keys import file as keys_file
from edgenode.core.sync import evidence
from edgenode.model.ledgers import LedgerId
from edgenode.wire import frame, request
from edgenode.wire import message as wire_message
from tests.core.sync.parties import Writer
from tests.journeys.box import command, order, running
from tests.journeys.centre import (
    ALONE,
    NO_SOCKET,
    QUICK,
    enrol,
    own_digest,
    room,
    same,
    serving,
    synced,
    trade,
    until,
)
from tests.patience import PATIENCE_S

LEDGER = LedgerId("edge-07", "main", 1)


@pytest.fixture
def centre(tmp_path, monkeypatch):
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    with serving(tmp_path / "centre") as made:
        yield made


@pytest.fixture
def data(tmp_path, centre):
    """An enrolled node's folder."""
    return enrol(centre, tmp_path / "boxes" / "node")


def test_a_code_opens_once_for_its_node_and_a_second_person_approves(centre, tmp_path):
    data = tmp_path / "boxes" / "node"
    begun = command("init", "--data", str(data), "--node-id", "edge-07")[1]
    key = ("--key", begun["fingerprint"])

    def claim(code):
        args = ("--data", str(data), "--central", centre.url, "--code-file", "-")
        return command("enroll", *args, stdin=code)

    enroll = ("node", "enroll", "--node-id", "edge-07", "--actor", "first")
    assert centre.desk("node", "approve", "edge-07", *key, "--actor", "second")[0] != 0
    code = centre.desk(*enroll)[1]["code"]
    assert claim("wrong")[1]["code"] == "EN502"
    assert claim(code)[0] == 0
    assert claim(code)[1]["code"] == "EN502"
    alone = centre.desk("node", "approve", "edge-07", *key, "--actor", "first")
    nameless = centre.desk("node", "approve", "edge-07", *key)
    assert (alone[0], alone[1]["code"]) == (nameless[0], nameless[1]["code"]) == (6, "EN503")
    keyless = centre.desk("node", "approve", "edge-07", "--actor", "second")
    other = centre.desk("node", "approve", "edge-07", "--key", "0", "--actor", "second")
    assert (keyless[0], keyless[1]["code"]) == (2, "EN009")
    assert (other[0], other[1]["code"]) == (6, "EN508")
    assert centre.desk("node", "ls")[1]["nodes"][0]["state"] == "claimed"
    with running(data) as box:
        problem = until(box, lambda s: s["problems"])
        assert problem["sync"]["online"] is False
        assert problem["fingerprint"] == begun["fingerprint"]
        centre.approve("edge-07", problem["fingerprint"])
        until(box, synced)


def test_both_books_agree_through_cuts_of_either_side(centre, data):
    with running(data) as box:
        until(box, synced)
        trade(box, "A1", "A2")
        centre.kill()
        trade(box, "B1", "B2", "B3")
        waiting = until(box, lambda s: not s["sync"]["online"])
        assert waiting["verdict"] == "READY"  # it goes on
        centre.start()
        until(box, synced)
        trade(box, "C1")
        until(box, synced)
        assert box.stop() == 0
    assert same(own_digest(data), centre.digest())
    verified = command("ledger", "verify", "--data", str(data))[1]
    assert verified["cosigned_size"] == verified["size"]


def test_grants_flow_down_and_take_effect_once_adopted(centre, data):
    with running(data) as box:
        until(box, synced)
        year_on = "1900000000000000000"
        issued = centre.desk(
            "grant", "issue", "edge-07", "--id", "cost-77", "--kind", "cost", "--limit",
            "5000000", "--unit", "USDC", "--expiry", year_on,
        )  # fmt: skip
        assert issued[0] == 0, issued
        until(box, lambda s: room(s, "cost-77") == "5.00")
        revoke = json.dumps([{"fact": "GrantRevoked", "id": "cost-77", "reason": "drill"}])
        assert centre.desk("tell", "edge-07", "--file", "-", stdin=revoke)[0] == 0
        until(box, lambda s: room(s, "cost-77") == "0.00")
        until(box, synced)
        listed = centre.desk("grant", "ls", "--node", "edge-07")[1]["grants"]
        assert [g["revoked"] for g in listed if g["grant"] == "cost-77"] == [True]
        for wrong in (
            '[{"fact": "RestrictionSet"}]',
            '[{"fact": "GrantRevoked", "id": 7}]',
            "{",
            "[1]",
        ):
            assert centre.desk("tell", "edge-07", "--file", "-", stdin=wrong)[0] != 0
        assert box.stop() == 0
    assert same(own_digest(data), centre.digest())


def test_a_revoked_nodes_entries_are_not_taken(centre, data):
    with running(data) as box:
        until(box, synced)
        assert (
            centre.desk("node", "revoke", "edge-07", "--reason", "stolen")[1]["state"] == "revoked"
        )
        size = centre.digest()["size"]  # what was pushed before, a start's entries too, is taken
        until(box, lambda s: not s["sync"]["online"])
        assert box.ask("POST", "/api/v1/orders", order("R1"))[0] == 422  # an entry all the same
        until(box, lambda s: s["sync"]["unsynced_entries"] > 1)
        assert centre.digest()["size"] == size


def test_a_revoked_or_unapproved_box_only_reduces_and_a_restart_or_a_resume_changes_nothing(
    centre, data
):
    with running(data) as box:
        until(box, synced)
        trade(box, "A1")
        assert centre.desk("node", "revoke", "edge-07", "--reason", "stolen")[0] == 0
        status = until(box, lambda s: s["trading_state"] == "reducing")  # it waits for no push
        assert status["verdict"] == "HOLD"
        assert "This node was revoked: it only reduces." in [p["text"] for p in status["problems"]]
        answer = box.ask("POST", "/api/v1/orders", order("A2"))
        assert answer[0] == 422
        assert ("EN121", "node") in [(r["code"], r["scope"]) for r in answer[1]["reasons"]]
        assert command("resume", "--data", str(data))[0] == 0
        assert box.ask("POST", "/api/v1/orders", order("A3"))[0] == 422
        assert box.stop() == 0
    centre.kill()
    with running(data, env=ALONE) as box:  # what was recorded holds
        alone = until(box, lambda s: s["trading_state"] == "reducing")
        assert {p["code"] for p in alone["problems"]} >= {"EN307", "EN301"}
        assert box.ask("POST", "/api/v1/orders", order("A4"))[0] == 422
        assert box.stop() == 0


def test_a_box_restored_from_an_old_copy_takes_its_own_entries_back(centre, data):
    old = data.with_name("old")
    with running(data) as box:
        until(box, synced)
        assert box.stop() == 0
    shutil.copytree(data, old, ignore=NO_SOCKET)
    with running(data) as box:
        until(box, synced)
        trade(box, "D1", "D2")
        until(box, synced)
        assert box.stop() == 0
    whole = own_digest(data)
    shutil.rmtree(data)
    old.rename(data)  # the anchor beside the folder stays: it says "not this far"
    with running(data) as box:
        status = until(box, synced)
        assert (status["trading_state"], status["verdict"]) == ("reducing", "HOLD")
        assert status["ledger"]["size"] > whole["size"]
        # the order that the old copy had never heard of is known by name
        again = box.ask("POST", "/api/v1/orders", order("D1", price="1400.00"))
        assert again[0] == 200
        # no venue can tell what was lost: a person who has asked around decides it
        at = ("--data", str(data))
        assert command("resume", *at)[0] == 0
        assert box.ask("GET", "/api/v1/status")[1]["verdict"] == "HOLD"
        code, open_ = centre.desk("breaks", "ls")
        row = next(row for row in open_["breaks"] if row["break_id"] == "restored:local")
        assert (code, row["node_id"]) == (4, "edge-07")
        of = ("restored:local", "--node", "edge-07")
        assert centre.desk("breaks", "show", *of)[1]["decisions"] == ["write_off"]
        decided = (*of, "--reason", "asked", "--actor", "ann")
        refused = centre.desk("breaks", "resolve", "--both", *decided)[1]
        assert (refused["code"], refused["do"]) == (
            "EN002", "edgecentral breaks show ID --node edge-07 lists the decisions",
        )  # fmt: skip
        # nobody knows what was lost: one person decides at the box, and another at the desk
        here = ("restored:local", "--write-off", "--reason", "asked", "--actor", "bob", *at)
        assert command("breaks", "resolve", *here)[0] == 3
        assert box.ask("GET", "/api/v1/status")[1]["trading_state"] == "reducing"
        assert "do" not in centre.desk("breaks", "resolve", "--write-off", *decided)[1]
        until(box, lambda s: s["trading_state"] == "active" and synced(s))
        assert box.stop() == 0
    assert same(own_digest(data), centre.digest())


def test_two_live_copies_are_both_stopped_with_evidence(centre, data):
    with running(data) as first:
        until(first, synced)
        clone = data.parent / "clone"
        shutil.copytree(data, clone, ignore=NO_SOCKET)
        shutil.copy(data.parent / ".node.anchor", data.parent / ".clone.anchor")
        with running(clone) as second:  # no older than the centre, so it may write
            until(second, synced)
            trade(first, "X1")  # and so does the first: now there are two histories
            assert first.process.wait(timeout=PATIENCE_S) == 4
            assert second.process.wait(timeout=PATIENCE_S) == 4
            (node,) = centre.desk("node", "ls")[1]["nodes"]
            assert node["quarantined"] is True
    with sqlite3.connect(data / "peers.sqlite") as db:
        rows = db.execute("SELECT data FROM evidence").fetchall()
    db.close()
    assert rows
    assert all(evidence.parse(row[0]).proves_fork() for row in rows)
    assert command("ledger", "verify", "--data", str(data))[0] == 0  # both histories are kept
    again = command("run", "--data", str(data), "--port", "0")
    assert (again[0], again[1]["code"]) == (4, "EN303")
    for copy in (data, clone):
        code, status = command("status", "--exit-code", "--data", str(copy))
        assert (code, status["running"], status["verdict"]) == (1, False, "FAULT")
        assert status["problems"][0]["code"] in {"EN303", "EN305"}
        assert status["problems"][0]["do"]


def signed(data, body):
    signer = keys_file.load(data / "keys" / "ledger.key")
    return request.sign(LEDGER, body, signer)


def test_the_centre_turns_junk_away_and_goes_on(centre, data):
    """Malformed, oversized, unsigned, someone else's, out of order, repeated."""
    with running(data) as box:
        until(box, synced)
        assert box.stop() == 0
    size = centre.digest()["size"]
    stranger = Writer(3)
    push = wire_message.encode(wire_message.Push(stranger.frame(1)))
    hello = wire_message.encode(
        wire_message.Hello(fresh=True, heads=(wire_message.HeadClaim(ledger=LEDGER),))
    )
    cases = [
        (b"", "", 403, "EN307"),
        (b"junk", "edge-07/1 AAAA", 400, "EN003"),
        (hello, "nobody/1 AAAA", 200, None),  # told only that it is unknown
        (hello, "edge-07/1 AAAA", 403, "EN307"),
        (push, signed(data, b"other bytes"), 403, "EN307"),
        (push, signed(data, push), 422, "EN402"),  # entries under another key's head
        (b"\x81\xa1v\x01", signed(data, b"\x81\xa1v\x01"), 400, "EN308"),
        (b"\xdd\xff\xff\xff\xff" * 200, "", 403, "EN307"),
    ]
    for body, sender, status, code in cases:
        got, message = centre.post(body, sender)
        assert got == status, (body[:20], sender[:20], message)
        assert getattr(message, "code", None) == code, (body[:20], message)
    oversized = bytes(frame.MESSAGE_BYTES_MAX + 4_096)
    assert centre.post(oversized, signed(data, oversized))[0] in {400, 413}
    assert centre.digest()["size"] == size
    with running(data) as box:
        until(box, synced)


def test_a_centre_that_lost_what_it_told_tells_nothing_more_and_both_sides_say_so(centre, data):
    currency = ("tell", "edge-07", "--file", "-")
    with running(data) as box:
        until(box, synced)
        before = adopted(box)
        centre.kill()
        shutil.copytree(centre.data, centre.data.with_name("kept"), ignore=NO_SOCKET)
        centre.start()
        told = json.dumps([{"fact": "Currency", "code": "ABC", "decimals": 3}])
        assert centre.desk(*currency, stdin=told)[0] == 0
        until(box, lambda s: synced(s) and adopted(box) > before)
        centre.kill()
        shutil.rmtree(centre.data)
        centre.data.with_name("kept").rename(centre.data)
        centre.start()
        status = until(box, lambda s: any("told this node" in p["text"] for p in s["problems"]))
        assert any(p["code"] == "EN309" for p in status["problems"])
        code, said = centre.desk(*currency, stdin=told.replace("ABC", "XYZ"))
        assert (code != 0, said["code"]) == (True, "EN309")
        assert centre.desk("node", "ls")[1]["nodes"][0]["told_and_lost"] == 1
        trade(box, "L1")
        until(box, synced)  # what is recorded here goes on to the centre
        assert box.stop() == 0
    assert same(own_digest(data), centre.digest())


def adopted(box):
    """Return how many entries of the centre a box has adopted."""
    rows = box.ask("GET", "/api/v1/ledger?limit=1000")[1]
    return sum(row["kind"] == "Adopted" for row in rows)
