"""What the status says of a link that is down: the centre refuses, or does not answer."""

from dataclasses import replace

import pytest

from edgenode.cli import status_text
from edgenode.core.observations import CentreAllows
from edgenode.core.seen import NOTHING_SEEN
from edgenode.core.sync.table import PENDING, REVOKED
from edgenode.daemon.view.status import NO_LINK, Running, status
from edgenode.model.errors import RefusedError
from tests.core.world import START, World

REFUSAL = RefusedError("a signature of edge-07/1 that does not hold", code="EN307")


class At:
    def now_ns(self):
        return START


def told(world, **link):
    down = replace(NO_LINK, configured=True, offline_since_ns=START, unsynced_entries=26, **link)
    running = Running(pid=1, mode="paper", wall=At(), market=At())
    return status(world.state, running, down, NOTHING_SEEN)


def problems(**link):
    rows = told(World(), **link)["problems"]
    return [row for row in rows if row["code"].startswith("EN3")]


@pytest.mark.parametrize("found", [PENDING, REVOKED])
def test_a_centre_that_admits_no_trade_is_one_problem_with_one_advice(found):
    """It answers: no link is missing, and what it says is told once, with what it restricts."""
    world = World()
    world.observe(CentreAllows(str(found.trading), found.page))
    refused = RefusedError(found.page, do=found.do, code=found.code)
    status = told(world, found=found, refused=refused)
    (row,) = [r for r in status["problems"] if r["code"].startswith("EN3")]
    assert (row["code"], row["text"]) == ("EN307", found.page)
    assert row["do"] == found.do_at("edge-07")
    assert (row["cause"], row["scope"]) == ("centre", "node")
    assert row["since"]
    assert status["sync"]["refused"] == found.page
    assert f"takes nothing, it holds 0, 26 wait: {found.page}" in status_text.link(status)
    mute = told(world)
    assert [r["code"] for r in mute["problems"] if r["code"].startswith("EN3")] == [
        "EN307",
        "EN301",
    ]
    assert mute["sync"]["refused"] is None


def test_a_centre_that_refuses_is_shown_as_refusing_with_its_reason_and_what_to_do():
    (row,) = problems(refused=REFUSAL)
    assert (row["code"], row["severity"]) == ("EN307", "error")
    assert REFUSAL.found in row["text"]
    assert "26 entries wait" in row["text"]
    assert "not reachable" not in row["text"]
    assert "edgecentral" in row["do"]


def test_a_centre_that_does_not_answer_is_shown_as_not_reachable():
    (row,) = problems()
    assert (row["code"], row["text"]) == (
        "EN301",
        "The centre is not reachable; 26 entries wait",
    )


@pytest.mark.parametrize("code", ["EN307", "EN308"])
def test_what_the_heads_say_is_not_told_twice(code):
    refused = RefusedError("so", do="that", code=code)
    rows = problems(found=PENDING, refused=refused)
    assert [row["code"] for row in rows] == ["EN307", *(["EN308"] if code == "EN308" else [])]
