"""A box keyed anew as its handbook page says: its books count once, and it trades on."""

import json

import pytest

from tests.journeys.box import command, order, running
from tests.journeys.centre import QUICK, enrol, own_digest, same, serving, synced, until

YEAR_ON = 1_900_000_000_000_000_000
GRANTS = [
    {
        "fact": "Grant", "id": f"{kind}-2{side or ''}", "kind": kind, "limit": limit, "unit": unit,
        "scope": "node", "instrument": "WETH-USDC" if side else None, "side": side,
        "expiry": YEAR_ON, "grace_until": YEAR_ON, "reducing_reserve": 0,
    }
    for kind, limit, unit, side in (
        ("cost", 10**9, "USDC", None), ("cash", 3 * 10**11, "USDC", None),
        ("position", 10_000, "lots", "buy"), ("position", 10_000, "lots", "sell"),
    )
]  # fmt: skip


@pytest.fixture
def centre(tmp_path, monkeypatch):
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    with serving(tmp_path / "centre") as made:
        yield made


def bought(box, name):
    """Let the customer lift the desk's quote."""
    answer = box.ask("POST", "/api/v1/orders", order(name, price="1502.00"))
    assert answer[0] == 201, answer


def net(status):
    return status["exposure"][0]["net_quantity"]


def books(centre):
    positions = centre.desk("book", "positions")[1]["positions"]
    (exposure,) = centre.desk("book", "exposure")[1]["exposure"]
    pnl = centre.desk("book", "pnl")[1]["pnl"]
    core = {key: exposure[f"{key}_quantity"] for key in ("exposure", "core", "overlay", "net")}
    return positions, pnl, core


def test_a_box_keyed_anew_goes_on_with_its_books(centre, tmp_path):
    data = enrol(centre, tmp_path / "boxes" / "node")
    with running(data) as box:
        until(box, synced)
        bought(box, "A1")  # it rests until the desk quotes, which a busy machine may delay
        until(box, lambda s: synced(s) and books(centre)[2]["exposure"] != "0.00")
        assert command("rekey", "--data", str(data))[1]["code"] == "EN403"
        assert box.stop() == 0
    before = books(centre)
    for incarnation in (2, 3):
        begun = centre.desk("node", "rekey", "edge-07", "--actor", "first", "--reason", "drill")
        assert (begun[0], begun[1]["ledger"]) == (0, f"edge-07/{incarnation}"), begun
        made = command("rekey", "--data", str(data))[1]
        assert made["older_cosigned_size"] == made["older_size"] == begun[1]["from_size"]
        claim = ("enroll", "--data", str(data), "--central", centre.url, "--code-file", "-")
        assert command(*claim, stdin=begun[1]["code"])[0] == 0
        centre.approve("edge-07", made["fingerprint"])
        assert books(centre) == before, "until the box has adopted its books"
        with running(data) as box:
            until(box, lambda s: synced(s) and s["exposure"])
            centre.kill()
            centre.start()
            told = centre.desk("tell", "edge-07", "--file", "-", stdin=json.dumps(GRANTS))
            assert told[0] == 0, told
            until(box, lambda s: synced(s) and len(s["wallet"]) >= len(GRANTS))
            assert books(centre) == before
            if incarnation == 3:
                was = net(until(box, lambda s: s["exposure"]))
                bought(box, "B1")
                until(box, lambda s, was=was: synced(s) and net(s) != was)
            assert box.stop() == 0
        assert same(own_digest(data), centre.digest())
        aside = command("ledger", "verify", "--data", made["older"])[1]
        assert (aside["ok"], aside["size"]) == (True, begun[1]["from_size"])
        assert aside["anchor"] == "match"
    verified = command("ledger", "verify", "--data", str(data))[1]
    assert (verified["ledger"], verified["cosigned_size"]) == ("edge-07/3", verified["size"])


def test_a_box_whose_disk_was_lost_begins_the_next_ledger_elsewhere(centre, tmp_path):
    data, other = enrol(centre, tmp_path / "boxes" / "node"), tmp_path / "boxes" / "other"
    with running(data) as box:
        until(box, synced)
        bought(box, "A1")
        until(box, synced)
        box.process.kill()
        box.process.wait()
    before = books(centre)
    begun = centre.desk("node", "rekey", "edge-07", "--actor", "first")[1]
    next_ledger = ("--node-id", "edge-07", "--incarnation", "2")
    made = command("init", "--data", str(other), *next_ledger)[1]
    assert made["ledger"] == begun["ledger"] == "edge-07/2"
    claim = ("enroll", "--data", str(other), "--central", centre.url, "--code-file", "-")
    assert command(*claim, stdin=begun["code"])[0] == 0
    centre.approve("edge-07", made["fingerprint"])
    with running(other) as box:
        until(box, lambda s: synced(s) and s["exposure"])
        assert books(centre) == before
        assert box.stop() == 0
    assert same(own_digest(other), centre.digest())
