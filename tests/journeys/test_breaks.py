"""Breaks as people meet them: listed, on the status, closed by a person and recorded so."""

import asyncio

import pytest

from edgenode.core import node
from edgenode.core.breaks.opening import id_of
from edgenode.core.observations import Reported
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.state.execution import FillKey
from edgenode.daemon.folder import folder
from edgenode.model.hlc import Hlc
from edgenode.model.venue import FillReport
from tests.journeys.box import command, order, running

STRANGE = id_of("unknown_order", FillKey("a", "desk", "venue", "x1"))
BEYOND = "grant_overdrawn:desk:suspense/WETH-USDC/buy"


@pytest.fixture
def data(tmp_path):
    """A node to which a venue has reported far more lots than it may hold, of nobody's order."""
    data = tmp_path / "node"
    assert command("init", "--data", str(data))[0] == 0
    fill = FillReport(
        venue="a", venue_account="desk", scope="venue", exec_id="x1", order_id="SOMEONE",
        instrument="WETH-USDC", side="buy", quantity_lots=10_001, price_ticks=1,
        fee_minor=0, fee_currency="USDC", venue_time_ns=1,
    )  # fmt: skip
    opened = folder.open_for_writing(data)
    last = opened.state.limits.newest_ns
    step = node.step(
        opened.state, NOTHING_SEEN, Reported(fill), now_ns=last, wall_ns=last,
        hlc=Hlc(opened.last_hlc),
    )  # fmt: skip
    asyncio.run(append(opened, [recorded.entry for recorded in step]))
    return data


def _decided(box, at):
    """The strange execution is shown, cannot just be closed, and ends by a decision."""
    code, shown = command("breaks", "show", STRANGE, *at)
    assert (code, shown["decisions"]) == (0, ["carry_in", "never_happened"])
    (version,) = shown["versions"]
    assert (version["text"], version["account"]) == (
        "buy 100.01 WETH at 0.01 USDC", "desk:suspense",
    )  # fmt: skip
    assert command("breaks", "close", STRANGE, "--reason", "r", *at)[1]["code"] == "EN408"
    said = ("--reason", "the venue took it back", "--actor", "ann")
    assert command("breaks", "resolve", STRANGE, *said, *at)[0] == 2
    assert command("breaks", "resolve", STRANGE, "--both", *said, *at)[1]["code"] == "EN002"
    wrong = ("--carry-in", "customer:c1")
    assert command("breaks", "resolve", STRANGE, *wrong, *said, *at)[1]["code"] == "EN002"
    two = ("--write-off", "--never-happened")
    assert command("breaks", "resolve", STRANGE, *two, *said, *at)[0] == 2
    code, answer = command("breaks", "resolve", STRANGE, "--never-happened", *said, *at)
    assert (code, answer["state"]) == (0, "settled")
    status = box.ask("GET", "/api/v1/status")[1]
    assert (status["breaks"], status["exposure"][0]["net_max"]) == (0, "0.00")
    assert command("breaks", "ls", *at)[0] == 0
    (row,) = [r for r in box.ask("GET", "/api/v1/ledger?limit=1000")[1]
              if r["kind"] == "BreakResolved"]  # fmt: skip
    assert (row["automatic"], row["body"]["persons"]) == (False, ["ann"])


async def append(opened, entries):
    await opened.store.append(entries)
    opened.write_anchor()
    opened.close()


def test_breaks_are_listed_with_the_daemon_stopped_and_closed_while_it_runs(data):
    at = ("--data", str(data))
    assert command("breaks", "ls", *at) == (4, {"message_type": "summary", "breaks": 2})
    status = command("status", *at)[1]
    assert (status["trading_state"], len(status["problems"])) == ("reducing", 3)
    code, said = command("breaks", "close", BEYOND, "--reason", "r", *at)
    assert (code, said["code"]) == (5, "EN302")
    with running(data) as box:
        rows = box.ask("GET", "/api/v1/breaks")[1]
        assert [row["break_id"] for row in rows] == [BEYOND, STRANGE]
        shown = box.ask("GET", "/api/v1/status")[1]
        assert (shown["verdict"], shown["trading_state"]) == ("HOLD", "reducing")
        assert {p["code"] for p in shown["problems"]} == {"EN113", "EN408", "EN601"}
        shown = box.text("/")
        assert "More WETH was bought than this box may hold: 100.01 WETH" in shown
        assert f"EN408 {BEYOND}" in shown
        # the desk may already be long: a customer's sale adds to that, a purchase takes it off
        denied = box.ask("POST", "/api/v1/orders", order("S1", side="sell", price="1600.00"))
        assert [r["code"] for r in denied[1]["reasons"]] == ["EN111", "EN121"]
        assert denied[1]["reasons"][1]["value"] == "reducing: overdrawn"
        said = ("--reason", "theirs, busted", "--actor")
        for nobody in (" ", "a\x1b[2J", "\N{GRINNING FACE}" * 60):
            assert command("breaks", "close", BEYOND, *said, nobody, *at)[1]["code"] == "EN002"
        assert command("breaks", "close", BEYOND, *said, "Ann Müller", *at)[0] == 0
        again = command("breaks", "close", BEYOND, "--reason", "again", *at)[1]
        assert (again["code"], again["do"]) == ("EN006", "edgenode breaks ls")
        denied = box.ask("POST", "/api/v1/orders", order("S2", side="sell", price="1600.00"))
        assert [r["code"] for r in denied[1]["reasons"]] == ["EN111"], "no room to hedge it yet"
        (row,) = [r for r in box.ask("GET", "/api/v1/ledger?limit=1000")[1]
                  if r["kind"] == "BreakClosed"]  # fmt: skip
        assert (row["actor"], row["automatic"]) == ("person:Ann Müller", False)
        assert row["body"]["reason"] == "theirs, busted"
        _decided(box, at)
        assert box.stop() == 0


def test_closing_over_http_needs_a_reason_and_the_token(data):
    path = f"/api/v1/breaks/{BEYOND.replace('/', '%2F')}/close"
    with running(data) as box:
        assert box.ask("POST", path, {"reason": ""})[0] == 400
        assert box.ask("POST", path, {"reason": "r"}, Authorization="")[0] == 401
        assert box.ask("POST", path, {"reason": "r"})[1]["break_id"] == BEYOND
        assert box.ask("POST", path, {"reason": "r"})[0] == 404
