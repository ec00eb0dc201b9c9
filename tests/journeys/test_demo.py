"""The demo by its command, cut short; then every figure of its summary had again from the books.

What is read here: kept ledgers as JSON, exports, the desk's ledger as SQLite and msgpack, and what
the venues believe. Nothing of the demo's own code but for one arm, which is lived through again. A
busy machine makes the live hour longer; whatever is asserted holds however long it takes.
"""

import hashlib
import json
import math
import re
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from datetime import datetime
from pathlib import Path

import msgpack
import pytest

from edgenode.sim.demo import virtual, world
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.virtual import Task
from tests.journeys import books

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
MINUTES = 32
DEMO_S = 560  # starts and stops of six processes on two busy cores, around 32 s of market
OTHER_SIDE = {"buy": "sell", "sell": "buy"}
LIVE = ("recorded-on-cut", "recorded-off-cut")

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """The first half of the hour: the decision, the link cut, and restored at its end."""
    data = tmp_path_factory.mktemp("demo")
    entry = "from edgenode.__main__ import main; main()"
    args = ("demo", "--exit-after", "32s", "--no-browser", "--port", "0", "--data", str(data))
    done = subprocess.run(
        [sys.executable, "-c", entry, *args, "--json"],
        capture_output=True, text=True, timeout=DEMO_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["code"] for line in lines if "url" in line] == ["listening"]
    assert {line["code"] for line in lines[:-1]} <= {"waiting", "listening", "arm"}
    assert [line["done"] for line in lines if line.get("code") == "arm"] == list(range(1, 13))
    return data, lines[-1]


@pytest.fixture(scope="module")
def told(played):
    return played[1]


@pytest.fixture(scope="module")
def rows(played):
    """Every live node's entries."""
    return {node: books.export(played[0] / "nodes" / node) for node in LIVE}


@pytest.fixture(scope="module")
def arms(played):
    """Every arm's kept entries, its core executions and its setting, by name."""
    return {arm["node_id"]: kept(played[0] / "arms" / arm["node_id"]) for arm in played[1]["arms"]}


@pytest.fixture(scope="module")
def truth(played):
    return json.loads((played[0] / "truth.json").read_text())


def kept(folder):
    """Return (the node's entries, the core's executions, the venues' truth) of one arm."""
    rows = []
    for line in (folder / "node.jsonl").read_text().splitlines():
        row = json.loads(line)
        if "kind" in row:
            row["body"] |= {
                name: bytes.fromhex(row["body"][name])
                for name in ("bytes",)
                if name in row["body"]
            }
            rows.append(row)
    desk = [json.loads(line) for line in (folder / "desk.jsonl").read_text().splitlines()]
    core = [row["body"] for row in desk if row.get("kind") == "CoreFillRecorded"]
    return rows, core, json.loads((folder / "venues.json").read_text())


def nanoseconds(instant):
    return round(datetime.fromisoformat(instant).timestamp() * 1_000) * 1_000_000


def signed(fill):
    return fill["quantity_lots"] * (1 if fill["side"] == "buy" else -1)


def desk_fills(rows, account):
    return [f for f in books.of(rows, "FillRecorded") if f["account"] == account]


def test_it_shows_all_arms_and_says_what_it_is(told):
    assert [(a["flow"], a["overlay"], a["link"]) for a in told["arms"]] == [
        (flow, overlay, link)
        for flow in ("recorded", "mirrored", "quiet")
        for overlay in (True, False)
        for link in ("up", "cut")
    ]
    assert told["note"].startswith("one path, not evidence")
    assert told["core_price"] == "SYNTHETIC"
    assert set(told["exits"].values()) == {0}
    assert told["verdict"].startswith("The overlay cut the exposure by")
    assert not told["overlay_gains_on_both_flows"], "hedging costs: prices only shuffle the rest"
    assert [one["node_id"] for one in told["live"]] == list(LIVE)


def test_the_table_is_hashed_as_canonical_json(told):
    text = json.dumps(told["arms"], sort_keys=True, separators=(",", ":"))
    assert told["figures_sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_an_arm_lived_through_again_gives_the_same_row(told, tmp_path):
    """Then eleven others and the live nodes ran beside it, now nothing does."""
    arm = Arm("mirrored", overlay=True, link="cut")
    until = world.BEGINS + MINUTES * MINUTE
    again = virtual.told(Task(arm, until, 1.0, 1, tmp_path))
    assert [again.row] == [row for row in told["arms"] if row["node_id"] == arm.node_id]


def test_where_the_overlay_hedges_less_is_exposed_and_it_costs(told):
    of = {(a["flow"], a["overlay"], a["link"]): a for a in told["arms"]}
    for flow in ("recorded", "mirrored"):
        for link in ("up", "cut"):
            with_, without = of[flow, True, link], of[flow, False, link]
            assert float(with_["rms_exposure"]) < float(without["rms_exposure"]) / 2
            assert float(with_["hedge_cost"]) > float(without["hedge_cost"])
            assert with_["overlay_lots"] > 0 == without["overlay_lots"]


def test_orders_and_fills_of_the_live_node(told, rows):
    mine = rows["recorded-on-cut"]
    orders = told["orders"]
    denied = books.of(mine, "OrderDenied")
    codes = Counter(reason["code"] for d in denied for reason in d["reasons"])
    assert orders["accepted"] == len(books.of(mine, "OrderGated")) > 0
    assert (orders["denied"], orders["denied_by"]) == (len(denied), dict(codes))
    unknown = set()
    for row in mine:
        if row["kind"] == "OrderUnknown":
            unknown.add(row["body"]["order_id"])
        elif row["kind"] == "OrderDone":
            unknown.discard(row["body"]["order_id"])
    assert orders["unknown_now"] == len(unknown)
    fills = books.of(mine, "FillRecorded")
    assert told["fills"]["booked"] == len(fills) > 0
    names = Counter((f["venue"], f["venue_account"], f["scope"], f["exec_id"]) for f in fills)
    assert told["fills"]["duplicates"] == sum(n - 1 for n in names.values()) == 0


def test_live_hedges_are_those_that_the_venues_believe_in(rows, truth):
    for node in LIVE:
        for letter in "ab":
            books.assert_fills_are_the_venues(rows[node], letter, truth[f"{node}-{letter}"])
            books.assert_nothing_sent_twice(rows[node], letter, truth[f"{node}-{letter}"])
    assert desk_fills(rows[LIVE[0]], "desk:overlay")
    assert not desk_fills(rows[LIVE[1]], "desk:overlay")


def test_every_arms_lots_fees_cost_and_end(told, arms):
    for arm in told["arms"]:
        mine, deals, venues = arms[arm["node_id"]]
        hedges = desk_fills(mine, "desk:overlay")
        assert arm["overlay_lots"] == sum(f["quantity_lots"] for f in hedges)
        believed = sorted((f["exec_id"], f["lots"]) for one in venues.values() for f in one)
        assert sorted((f["exec_id"], f["quantity_lots"]) for f in hedges) == believed
        assert arm["core_lots"] == sum(f["quantity_lots"] for f in deals)
        fees = sum(f["fee_minor"] for f in (*hedges, *deals)) / 1e6
        assert math.isclose(float(arm["fees"]), fees, abs_tol=0.0051)
        seen = {g["order_id"]: g["saw"]["reference_ticks"] for g in books.of(mine, "OrderGated")}
        cost = sum(signed(f) * (f["price_ticks"] - seen[f["order_id"]]) for f in hedges)
        cost += sum(signed(f) * (f["price_ticks"] - f["reference_ticks"]) for f in deals)
        assert math.isclose(float(arm["hedge_cost"]), cost * 1e-4 + fees, abs_tol=0.0051)
        left = sum(map(signed, (*desk_fills(mine, "desk:book"), *hedges, *deals)))
        assert math.isclose(float(arm["final_abs"]), abs(left) / 100, abs_tol=0.0051)
        assert float(arm["stale_gain"]) <= 0, "a pure copy of A's price gave something away"


def test_every_arms_exposure_over_market_seconds(told, arms):
    begins, ends = (nanoseconds(told[name]) for name in ("market_from", "market_to"))
    for arm in told["arms"]:
        mine, deals, _ = arms[arm["node_id"]]
        fills = [f for a in ("desk:book", "desk:overlay") for f in desk_fills(mine, a)]
        steps = [(f["venue_time_ns"], signed(f)) for f in fills]
        steps += [(f["at_ns"], signed(f)) for f in deals]
        steps.sort()
        times, net, path = [t for t, _ in steps], 0, [0]
        for _, lots in steps:
            net += lots
            path.append(net)
        held = [path[bisect_right(times, at)] / 100 for at in range(begins, ends + 1, SECOND)]
        rms = math.sqrt(sum(x * x for x in held) / len(held))
        assert math.isclose(float(arm["rms_exposure"]), rms, abs_tol=0.0051)
        assert math.isclose(float(arm["peak_abs"]), max(map(abs, held)), abs_tol=0.0051)


def test_no_act_of_any_arm_or_live_node_passed_the_one_bound(rows, arms):
    for mine in (*rows.values(), *(one for one, _, _ in arms.values())):
        books.assert_acts_kept_the_bound(mine, band=100, one_slice=300)


def test_the_same_flow_met_every_arm_and_all_of_it_was_taken(told, rows, arms):
    """Twins differ in overlay or link alone: their customers asked the same, none was denied."""
    flows: dict[str, set] = {}
    for arm in told["arms"]:
        mine = arms[arm["node_id"]][0]
        asked = customers_trades(mine)
        assert flows.setdefault(arm["flow"], asked) == asked
        orders = arm["customers_orders"]
        assert orders["asked"] == orders["accepted"] == len(asked) > 0
    assert flows["mirrored"] == {
        (at, OTHER_SIDE[side], lots) for at, side, lots in flows["recorded"]
    }
    for node in LIVE:
        assert customers_trades(rows[node]) <= flows["recorded"]
        assert sum(told["customers"][node].values()) == len(flows["recorded"])


def customers_trades(rows):
    """Return (market second, side, lots) of customers' accepted orders; each is there once."""
    gated = [o for o in books.of(rows, "OrderGated") if o["account"].startswith("customer:")]
    found = {
        (o["client_order_id"].rpartition("-")[2], o["side"], o["quantity_lots"]) for o in gated
    }
    assert len(found) == len(gated)
    return found


def test_how_long_the_hour_took_and_who_was_waited_for_is_said(told):
    slowed = told["slowed"]
    assert slowed["ran_s"] >= MINUTES * 60 / told["speed"] - 0.1
    assert 0 <= slowed["stood_s"] <= slowed["ran_s"]
    assert all(one["s"] <= slowed["stood_s"] + 0.1 for one in slowed["waited_for"])


def test_the_books_agree_however_they_are_read(told, rows, played, tmp_path):
    data: Path = played[0]
    assert told["digest"]["equal"] is True
    assert told["ledger"]["verified"] is True
    assert all(one["digest_equal"] for one in (*told["arms"], *told["live"]))
    for node in LIVE:
        entry = "from edgenode.__main__ import main; main()"
        argv = [sys.executable, "-c", entry, "ledger", "export", "--data"]
        file = tmp_path / f"{node}.jsonl"
        with file.open("w") as out:
            subprocess.run([*argv, str(data / "nodes" / node)], stdout=out, check=True, timeout=60)
        own = books.run("main", "state", "digest", "--data", str(data / "nodes" / node))[1]
        exported = books.run("main", "state", "digest", "--from", str(file))[1]
        at_centre = books.run(
            "central", "book", "digest", "--node-id", node, "--data", str(data / "centre")
        )[1]
        assert own["digest"] == exported["digest"] == at_centre["digest"]
        # what the live state said of itself at the clean stop
        last = next(row for row in reversed(rows[node]) if row["kind"] == "StateDigest")
        before = books.run(
            "main", "state", "digest", "--from", str(file), "--at", str(last["seq"] - 1)
        )[1]
        assert last["body"]["digest"].hex() == before["digest"]
        lone = subprocess.run(
            [sys.executable, "edgenode/wire/verifier.py", str(file)],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert str(own["size"]) in lone.stdout
    shown = books.run("main", "ledger", "verify", "--data", str(data / "nodes/recorded-on-cut"))[1]
    assert (told["ledger"]["size"], told["ledger"]["root"]) == (shown["size"], shown["root"])
    assert shown["cosigned_size"] == shown["size"]
    assert shown["anchor"] == "match"


def test_the_link_was_really_cut(told, rows):
    """From the cut to its end nothing passes: by what each side recorded at which market time."""
    began, ended = (nanoseconds(told["link"][name]) for name in ("cut_at", "restored_at"))
    begins = nanoseconds(told["market_from"])
    assert began >= begins + 18 * MINUTE
    assert ended >= nanoseconds(told["market_to"]) == begins + MINUTES * MINUTE
    cut = rows["recorded-on-cut"]
    # What was decided in the last second of wall time may still be on its way to the disk when the
    # link is back, and is counted when the centre holds the others: a minute of market time.
    alone = [row for row in cut if began < row["body"]["at_ns"] < ended - MINUTE]
    assert told["link"]["unsynced_peak"] >= len(alone) > 0
    adopted = [row["body"] for row in cut if row["kind"] == "Adopted"]
    assert [one for one in adopted if one["at_ns"] < began]
    # what was under way at the cut may still be taken in; what was said behind it cannot
    said = [one for one in adopted if told_at(one) > began]
    assert not [one for one in said if one["at_ns"] < ended]


def told_at(adopted):
    """Return the market time at which the centre recorded what a node adopted."""
    return msgpack.unpackb(msgpack.unpackb(adopted["bytes"])[10])["at_ns"]


def test_both_sides_end_with_the_same_entries(told, rows):
    """A node that stops records nothing behind its digest, and the centre holds that digest."""
    assert told["digest"]["equal"] is True
    assert told["differing"] == []
    for live in told["live"]:
        mine = rows[live["node_id"]]
        assert mine[-1]["kind"] == "StateDigest"
        assert live["entries"] == {"node": len(mine), "centre": len(mine)}


def test_what_is_kept_of_an_arm_is_a_ledger_that_a_stranger_can_verify(played, told):
    for arm in told["arms"]:
        file = played[0] / "arms" / arm["node_id"] / "node.jsonl"
        lone = subprocess.run(
            [sys.executable, "edgenode/wire/verifier.py", str(file)],
            capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert str(arm["entries"]["node"]) in lone.stdout


def test_the_report_is_one_file_that_needs_nothing_else(told):
    text = Path(told["report"]).read_text()
    assert Path(told["report"]).parent == Path(told["data"])
    assert not re.findall(r"(?:src|href)=\"(?!data:)[^\"]*\"|url\((?!#)|@import", text)
    assert told["figures_sha256"] in text
    assert text.count("<tr>") == (1 + len(told["arms"])) + (1 + MINUTES + 1)
    assert "Finished." in text
