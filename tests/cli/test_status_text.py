"""The text of `edgenode status`: problems with their next step, the link, quotes, room."""

import random

import pytest

from edgenode.cli import status_text
from edgenode.core.gate import gate
from edgenode.core.observations import EventDeclared, OrderAsked, PauseAsked, StateAsked, Tick
from edgenode.daemon.paper import PaperWorld, by_hand
from tests.core.world import SECOND, intent
from tests.daemon.test_exposed import Node

SYNC = {"configured": True, "online": True, "offline_since": None, "acked_size": 495}
HELD = "OFFLINE since the start, the centre holds 0, 498 wait"


@pytest.mark.parametrize(
    ("sync", "text"),
    [
        ({"unsynced_entries": 0}, "online, the centre holds 495, 0 wait"),
        (
            {"online": False, "offline_since": "2026-01-01T00:00:00.000Z", "unsynced_entries": 3},
            "OFFLINE since 2026-01-01T00:00:00.000Z, the centre holds 495, 3 wait",
        ),
        ({"online": False, "unsynced_entries": 498, "acked_size": 0}, HELD),
        (
            {"online": False, "unsynced_entries": 3, "refused": "This node was revoked."},
            "the centre answers and takes nothing, it holds 495, 3 wait: This node was revoked.",
        ),
        (
            {"configured": False, "online": False},
            "no centre is configured; after `enroll` a restart is needed",
        ),
    ],
)
def test_the_link_is_told_with_what_waits_for_it(sync, text):
    assert status_text.link({"running": True, "sync": {**SYNC, **sync}}) == text


@pytest.mark.parametrize(
    ("sync", "text"),
    [
        ({"unsynced_entries": 5}, "; the centre holds 495, 5 wait for the next start"),
        ({"configured": False, "unsynced_entries": 0}, ""),
        ({"configured": None}, "; what the centre holds could not be read"),
    ],
)
def test_a_stopped_box_says_what_it_alone_holds(sync, text):
    found = {"running": False, "sync": {**SYNC, **sync}}
    assert status_text.link(found) == f"down, as the daemon is stopped{text}"


@pytest.mark.parametrize("seed", range(12))
def test_every_problem_is_told_with_its_next_step_and_every_cause_with_its_end(seed):
    """Whatever holds at once: each problem's words, and right behind them what to do."""
    rng = random.Random(seed)
    node = Node(rng.choice((by_hand(), PaperWorld(venues=()), by_hand(("a",)))))
    node.tick()
    drawn = ["loss:day", "stress:x", "centre", "disk", "overdrawn", "no_rate", "restore:a", "odd"]
    for cause in rng.sample(drawn, rng.randint(0, 4)):
        scope = rng.choice(("node", "venue:a", "event:none"))
        node.world.restrict(scope, rng.choice(("reducing", "halted")), cause)
    if rng.random() < 0.5:
        reason = rng.choice(("", "lunch", "I said so."))
        asked = PauseAsked(paused=True, hedges=rng.random() < 0.5, reason=reason, actor="p")
        node.world.observe(asked)
    found = node.status()
    lines = status_text.lines(found)
    for problem in found["problems"]:
        assert problem["do"], problem
        assert ".." not in problem["text"], "one full stop a sentence"
        at = lines.index(f"{problem['severity'].upper()} {problem['code']}: {problem['text']}")
        assert lines[at + 1] == f"  Do: {problem['do']}"
    for row in found["restrictions"]:
        begins = f"  {row['level']} at {row['scope']} by {row['cause']} "
        (line,) = [x for x in lines if x.startswith(begins)]
        assert row["ends"] in line
        assert (row["do"] in line) == (row["released_by"] is not None)


def test_a_cause_is_told_once_and_a_silent_reference_is_called_that():
    node = Node(by_hand(("a", "b")))
    node.tick(2)
    for _ in range(12):
        node.world.now += SECOND
        node.world.publish("b", 150_000)
        node.world.observe(Tick())
    found = node.status()
    assert {row["scope"] for row in found["restrictions"]} == {"node", "venue:a"}
    (told,) = [p for p in found["problems"] if p.get("cause") == "stale:a"]
    assert told["scope"] == "node"
    assert "no book from a for" in told["text"].lower()
    assert "it tells the reference price. Only what reduces" in told["text"]
    for venue_scope, level in (("venue:a", "halted"), ("venue:b", "reducing")):
        node.world.restrict(venue_scope, level, "odd")
    node.world.restrict("node", "reducing", "odd")
    scopes = [p["scope"] for p in node.status()["problems"] if p.get("cause") == "odd"]
    assert scopes == ["node", "venue:a"], "a stricter one at a venue is told besides"


def test_a_pause_names_the_command_that_ends_it():
    node = Node(by_hand())
    node.tick()
    node.world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    text = "\n".join(status_text.lines(node.status()))
    assert "a person may: edgenode resume" in text


def test_what_a_person_restricted_by_name_is_not_said_to_end_with_a_resume():
    node = Node(by_hand())
    node.tick()
    node.world.observe(StateAsked(scope="node", state="halted", reason="", actor="person:p"))
    text = "\n".join(status_text.lines(node.status()))
    assert "by person:scope" in text
    assert "edgenode resume" not in text


def test_a_micro_event_that_runs_is_told_until_when_and_whether_the_desk_quotes():
    node = Node(by_hand())
    node.tick()
    assert "  quoting: yes" in status_text.lines(node.status())
    now = node.world.now
    node.world.observe(EventDeclared(event_id="e1", source="declared", name="FOMC", starts=now,
                                     ends=now + 60 * SECOND, actor="person:p"))  # fmt: skip
    lines = status_text.lines(node.status())
    assert any(x.startswith("  event: FOMC (declared) until 2022-07-27T17:41") for x in lines)
    node.world.restrict("node", "halted", "stress:x")
    node.tick()
    assert "  quoting: no" in status_text.lines(node.status())


def test_the_room_that_is_told_is_what_the_gate_admits():
    """The larger of the room and of what reduces |net|, on each side; one lot more is denied."""
    node = Node(by_hand())
    node.world.policy(unhedged_max=100, band_lots=100)
    node.tick()
    node.sell(96, "T1")
    rows = {row["side"]: row for row in node.status()["hedge_room"]}
    assert (rows["sell"]["quantity"], rows["sell"]["reducing_quantity"]) == ("0.04", "0.00")
    assert (rows["buy"]["quantity"], rows["buy"]["reducing_quantity"]) == ("0.04", "0.96")
    told = "room for the desk to buy 0.04 more (no overlay); 0.96 reduce its net"
    assert any(told in line for line in status_text.lines(node.status()))


@pytest.mark.parametrize("seed", range(20))
def test_the_gate_admits_the_larger_of_room_and_what_reduces(seed):
    rng = random.Random(seed)
    node = Node(by_hand())
    node.world.policy(unhedged_max=rng.choice((0, 50, 100)), band_lots=100)
    node.tick()
    for number in range(3):
        side = rng.choice(("buy", "sell"))
        price = 152_000 if side == "buy" else 148_000
        ask = intent(f"T{number}", side=side, lots=rng.randint(1, 90), price=price,
                     time_in_force="ioc")  # fmt: skip
        node.world.observe(OrderAsked(ask, "c"))
    for row in node.status()["hedge_room"]:
        most = max(round(100 * float(row[n])) for n in ("quantity", "reducing_quantity"))
        side = "sell" if row["side"] == "buy" else "buy"  # the customer's
        for lots in {max(1, most), most + 1}:
            price = 152_000 if side == "buy" else 148_000
            ask = intent("probe", side=side, lots=lots, price=price, time_in_force="ioc")
            found = gate.judge(node.world.state, node.world.seen, ask, node.world.now).reasons
            denied = "hedge_room" in [reason.name for reason in found]
            assert denied == (lots > most), (row, lots)
