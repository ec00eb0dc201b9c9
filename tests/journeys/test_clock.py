"""The clock of a running daemon is stepped: far back, to 1970, far on, and right again."""

import itertools
from datetime import datetime, timedelta

import pytest

from edgenode.adapters.clock import WallClock
from edgenode.daemon.folder import folder
from edgenode.daemon.paper import PaperWorld
from tests.journeys import books
from tests.journeys.box import command, order, running
from tests.journeys.centre import QUICK, enrol, own_digest, same, serving, synced, until
from tests.journeys.stepped import Steps

TICKS = 3
BEHIND = [("EN118", "clock"), ("EN121", "trading_state")]
TO_1970 = f"-{WallClock().now_ns() // 10**9 - 3600}"  # seconds; an hour past the epoch


@pytest.fixture
def steps(tmp_path, needs):
    needs("faketime")
    return Steps(tmp_path / "clock")


@pytest.fixture
def data(tmp_path):
    data = tmp_path / "node"
    assert command("init", "--data", str(data))[0] == 0
    return data


def place(box, name, **changes):
    status, body, _ = box.ask("POST", "/api/v1/orders", order(name, **changes))
    return status, [(r["code"], r["name"]) for r in body.get("reasons", ())]


def ticking(box, year):
    """Wait until some seconds have passed on the stepped clock: rules acted in that time."""
    seconds = set()

    def seen(status):
        if status["market_time"].startswith(year):
            seconds.add(status["market_time"][:19])
        return len(seconds) > TICKS

    return until(box, seen)


def assert_whole(data):
    """The ledger verifies, its stamps rise, and a fold of it is a fold of it."""
    code, said = books.run("main", "ledger", "verify", "--data", str(data))
    assert (code, said["ok"], said["anchor"]) == (0, True, "match")
    stamps = [int(row["hlc"]) for row in books.export(data)]
    assert all(one < other for one, other in itertools.pairwise(stamps))
    digest = books.run("main", "state", "digest", "--data", str(data))[1]
    assert digest["size"] == said["size"] == len(stamps)


@pytest.mark.parametrize("offset", ["-400d", TO_1970], ids=["-400d", "to 1970"])
def test_set_back_it_denies_says_so_and_goes_on_once_set_right(data, steps, offset):
    with running(data, env=steps.env) as box:
        now = until(box, lambda s: s["verdict"] == "READY")["market_time"][:4]
        assert place(box, "A1") == (201, [])
        steps.to(offset)
        year = until(box, lambda s: s["market_time"][:4] != now)["market_time"][:4]
        status = ticking(box, year)
        assert status["verdict"] == "HOLD"
        (problem,) = [p for p in status["problems"] if p["code"] == "EN118"]
        assert problem["text"].startswith(f"The clock says {year}-")
        assert now in problem["do"]
        assert place(box, "A2") == (422, BEHIND)
        ready = box.ask("GET", "/readyz")
        assert (ready[0], ready[1]["reasons"]) == (503, ["the clock is behind what is recorded"])
        assert box.ask("DELETE", "/api/v1/orders/A1?account=customer:c1")[0] == 200  # as always
        steps.to("+0")
        assert until(box, lambda s: s["verdict"] == "READY")["problems"] == []
        assert place(box, "A3") == (201, [])
        assert box.stop() == 0
    assert_whole(data)


def test_set_far_on_and_right_again_alone_it_only_reduces_also_after_a_start(tmp_path, steps):
    """90 days on is a time like any other: what was recorded there stands, and time never goes
    back behind it without the centre's word, or grants could be made to live longer."""
    data = tmp_path / "node"
    folder.init(data, node_id="edge-07", mode="paper", world=PaperWorld(quote_size_lots=500))
    with running(data, env=steps.env) as box:
        assert place(box, "A1", price="1510.00", quantity="4.00") == (201, [])
        until(box, lambda s: s["exposure"] and s["exposure"][0]["net_quantity"] == "-4.00")
        now = until(box, lambda s: s["verdict"] == "EXPOSED")["market_time"]  # 4.00 short
        steps.to("+90d")
        ahead = until(box, lambda s: s["market_time"] > far(now))["market_time"]
        ticking(box, ahead[:4])
        assert place(box, "A2") == (201, [])
        steps.to("+0")
        until(box, lambda s: s["restrictions"] and s["market_time"] < far(now))
        assert box.ask("GET", "/api/v1/status")[1]["verdict"] == "HOLD"
        assert place(box, "A3") == (422, BEHIND)
        # what takes risk off passes, once the quote is cut to that
        until(box, lambda s: s["exposure"][0]["net_max"].startswith("-"))
        assert place(box, "OUT", side="sell", price="1480.00") == (201, [])
        assert box.stop() == 0
    assert_whole(data)
    with running(data, env=steps.env) as box:  # a start alone renews no time
        until(box, lambda s: s["verdict"] == "HOLD")
        assert place(box, "A4") == (422, BEHIND)
        assert box.stop() == 0
    assert_whole(data)


@pytest.mark.parametrize("linked", [True, False])
def test_set_far_on_and_right_again_it_trades_on_by_the_time_that_its_centre_signed(
    tmp_path, steps, monkeypatch, linked
):
    """Where the link was cut meanwhile, CLOCK_BOOTTIME has counted on from what was signed."""
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    with serving(tmp_path / "centre") as centre:
        data = enrol(centre, tmp_path / "boxes" / "node")
        with running(data, env=steps.env) as box:
            now = until(box, lambda s: s["verdict"] == "READY" and synced(s))["market_time"]
            steps.to("+90d")
            ahead = until(box, lambda s: s["market_time"] > far(now))["market_time"]
            ticking(box, ahead[:4])
            assert place(box, "A1") == (201, [])
            until(box, synced)
            if not linked:
                centre.kill()
                until(box, lambda s: not s["sync"]["online"])
            steps.to("+0")
            back = until(box, lambda s: s["verdict"] == "READY" and s["market_time"] < far(now))
            assert [p["code"] for p in back["problems"]] == ([] if linked else ["EN301"])
            assert place(box, "A2") == (201, [])
            if not linked:
                centre.start()
            until(box, synced)
            assert box.stop() == 0
        assert_whole(data)
        assert same(own_digest(data), centre.digest())
    (said,) = [row["body"] for row in books.export(data) if row.get("kind") == "TimeTrusted"]
    assert "edgenode/edge-07/1\n" in said["evidence"]
    assert abs(said["trusted_ns"] - said["at_ns"]) < 20 * 10**9


def far(now):
    """Return a day that comes long after this one, and long before what the clock was set to."""
    return (datetime.fromisoformat(now) + timedelta(days=45)).isoformat()


def test_started_in_1970_and_set_right_it_goes_on(data, steps):
    """A box without a battery for its clock."""
    steps.to(TO_1970)
    with running(data, env=steps.env) as box:
        ticking(box, "1970")
        steps.to("+0")
        until(box, lambda s: s["market_time"] > "2000" and s["verdict"] == "READY")
        assert place(box, "A1") == (201, [])
        assert box.stop() == 0
    assert_whole(data)
