"""The demo by its command, cut short; then every count of its summary had again from the books.

What is read here: exports of ledgers, the desk's ledger as SQLite and msgpack, and what the venues
believe. Nothing of the demo's own code. A busy machine may distort the run, which then has to say
so; whatever is asserted otherwise holds however late every process comes.
"""

import json
import math
import sqlite3
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from datetime import datetime
from pathlib import Path

import msgpack
import pytest

from tests.journeys import books

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
ARMS = 12
# No fresh price, and what follows from that; a market that is silent for longer restricts trading.
STALE = {
    *(("EN105", "reference"), ("EN115", "loss_unknown"), ("EN114", "gross_exposure_unknown")),
    *(("EN111", "hedge_room"), ("EN121", "trading_state")),
}
DEMO_S = 560  # starts and stops of fourteen processes on two busy cores, around 32 s of market
OTHER_SIDE = {"buy": "sell", "sell": "buy"}

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
    assert {line["code"] for line in lines[:-1]} <= {"waiting", "listening"}
    return data, lines[-1]


@pytest.fixture(scope="module")
def told(played):
    return played[1]


@pytest.fixture(scope="module")
def rows(played):
    """Every arm's entries, by node."""
    data, told = played
    return {arm["node_id"]: books.export(data / "nodes" / arm["node_id"]) for arm in told["arms"]}


@pytest.fixture(scope="module")
def truth(played):
    return json.loads((played[0] / "truth.json").read_text())


@pytest.fixture(scope="module")
def core(played):
    """The centre's own fills, by node."""
    found: dict[str, list] = {}
    with sqlite3.connect(played[0] / "centre" / "desk.sqlite") as db:
        for (body,) in db.execute("SELECT body FROM entry WHERE kind = 'CoreFillRecorded'"):
            fill = msgpack.unpackb(body)
            found.setdefault(fill["node"], []).append(fill)
    db.close()
    return found


def nanoseconds(instant):
    return round(datetime.fromisoformat(instant).timestamp() * 1_000) * 1_000_000


def signed(fill):
    return fill["quantity_lots"] * (1 if fill["side"] == "buy" else -1)


def desk_fills(rows, account):
    return [f for f in books.of(rows, "FillRecorded") if f["account"] == account]


def test_it_shows_all_arms_and_says_what_it_is(told):
    assert len(told["arms"]) == ARMS
    assert {(a["flow"], a["overlay"], a["link"]) for a in told["arms"]} == {
        (flow, overlay, link)
        for flow in ("recorded", "mirrored", "quiet")
        for overlay in (True, False)
        for link in ("up", "cut")
    }
    assert told["note"] == "one path, not evidence"
    assert told["core_price"] == "SYNTHETIC"
    assert set(told["exits"].values()) == {0}


def test_orders_and_fills_of_the_arm_shown(told, rows):
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


def test_every_arms_hedges_are_those_that_the_venues_believe_in(told, rows, truth, core):
    for arm in told["arms"]:
        node = arm["node_id"]
        hedges = desk_fills(rows[node], "desk:overlay")
        for letter in "ab":
            books.assert_fills_are_the_venues(rows[node], letter, truth[f"{node}-{letter}"])
            books.assert_nothing_sent_twice(rows[node], letter, truth[f"{node}-{letter}"])
        assert arm["overlay_lots"] == sum(f["quantity_lots"] for f in hedges)
        if not arm["overlay"]:
            assert arm["overlay_lots"] == 0
        elif arm["flow"] != "quiet":  # on the quiet day there may be nothing to hedge
            assert arm["overlay_lots"] > 0 or told["distortion"]["distorted"]
        deals = core.get(node, [])
        assert arm["core_lots"] == sum(f["quantity_lots"] for f in deals)
        fees = sum(f["fee_minor"] for f in hedges) + sum(f["fee_minor"] for f in deals)
        assert math.isclose(float(arm["fees"]), fees / 1e6, abs_tol=0.0051)


def test_every_arms_cost_and_end(told, rows, core):
    for arm in told["arms"]:
        node = arm["node_id"]
        seen = {
            g["order_id"]: g["saw"]["reference_ticks"] for g in books.of(rows[node], "OrderGated")
        }
        hedges, deals = desk_fills(rows[node], "desk:overlay"), core.get(node, [])
        cost = sum(signed(f) * (f["price_ticks"] - seen[f["order_id"]]) for f in hedges)
        cost += sum(signed(f) * (f["price_ticks"] - f["reference_ticks"]) for f in deals)
        total = cost * 1e-4 + sum(f["fee_minor"] for f in (*hedges, *deals)) / 1e6
        assert math.isclose(float(arm["hedge_cost"]), total, abs_tol=0.0051)
        book = desk_fills(rows[node], "desk:book")
        left = sum(map(signed, (*book, *hedges, *deals)))
        assert math.isclose(float(arm["final_abs"]), abs(left) / 100, abs_tol=0.0051)
        assert float(arm["stale_gain"]) <= 0, "a pure copy of A's price gave something away"


def test_every_arms_exposure_over_market_seconds(told, rows, core):
    begins, ends = (nanoseconds(told[name]) for name in ("market_from", "market_to"))
    for arm in told["arms"]:
        node = arm["node_id"]
        mine = [f for a in ("desk:book", "desk:overlay") for f in desk_fills(rows[node], a)]
        steps = [(f["venue_time_ns"], signed(f)) for f in mine]
        steps += [(f["at_ns"], signed(f)) for f in core.get(node, [])]
        steps.sort()
        times, net, path = [t for t, _ in steps], 0, [0]
        for _, lots in steps:
            net += lots
            path.append(net)
        held = [path[bisect_right(times, at)] / 100 for at in range(begins, ends + 1, SECOND)]
        rms = math.sqrt(sum(x * x for x in held) / len(held))
        assert math.isclose(float(arm["rms_exposure"]), rms, abs_tol=0.0051)
        assert math.isclose(float(arm["peak_abs"]), max(map(abs, held)), abs_tol=0.0051)


def test_no_act_of_any_arm_passed_the_one_bound(told, rows):
    for arm in told["arms"]:
        books.assert_acts_kept_the_bound(rows[arm["node_id"]], band=100, one_slice=300)


def test_the_same_flow_met_every_arm(told, rows):
    """Twins differ in overlay or link alone: of their customers they were asked the same orders.

    A busy machine may let market data go stale here and there. An order is denied then, in one arm
    and not in its twin; for no other reason is one denied. The run says that it is distorted.
    """
    flows, stale = {}, []
    for arm in told["arms"]:
        node = arm["node_id"]
        gated, denied = (
            customers_orders(rows[node], kind) for kind in ("OrderGated", "OrderDenied")
        )
        assert not gated.keys() & denied.keys()
        answers = {"201": len(gated), "422": len(denied)}
        assert told["customers"][node] == {code: n for code, n in answers.items() if n}
        stale.append(len(denied))
        for order in denied.values():
            assert {(r["code"], r["name"]) for r in order["reasons"]} <= STALE
            assert all("stale" in r["value"] for r in order["reasons"] if r["code"] == "EN121")
        asked = gated | denied
        assert asked
        flow = flows.setdefault(arm["flow"], asked)
        assert contents(asked) == contents(flow)
    row = measure(told, "denied_stale")
    assert (row["worst"], row["distorted"]) == (max(stale), max(stale) > 0)
    assert trades(flows["mirrored"]) == {
        (at, OTHER_SIDE[side], lots) for at, side, lots in trades(flows["recorded"])
    }


def measure(told, name):
    """Return one measure of whether the machine kept up."""
    (row,) = (row for row in told["distortion"]["measures"] if row["measure"] == name)
    return row


def test_a_run_that_the_machine_did_not_keep_up_with_says_so(told, rows):
    found = told["distortion"]
    assert found["distorted"] == any(row["distorted"] for row in found["measures"])
    for row in found["measures"]:
        assert row["distorted"] == (row["worst"] > row["limit"])
    ages = {}
    for arm in told["arms"]:
        gated = books.of(rows[arm["node_id"]], "OrderGated")
        saw = sorted(g["saw"]["age_ms"] for g in gated if g["account"] == "desk:overlay")
        ages[arm["node_id"]] = saw[len(saw) * 99 // 100] / 1_000 if saw else 0
    row = measure(told, "prices_old")
    assert math.isclose(row["worst"], max(ages.values()), abs_tol=0.051)
    assert math.isclose(row["worst"], ages[row["node_id"]], abs_tol=0.051)


def customers_orders(rows, kind):
    """Return what was decided of each customer order, by its id; each is decided once."""
    found = [o for o in books.of(rows, kind) if o["account"].startswith("customer:")]
    by_id = {order["client_order_id"]: order for order in found}
    assert len(by_id) == len(found)
    return by_id


def contents(orders):
    """Return what was asked: the hash is over every field of an order but its name."""
    return {name: (order["account"], order["content_hash"]) for name, order in orders.items()}


def trades(orders):
    """Return (market second, side, lots): a mirrored customer does the opposite then."""
    return {
        (name.rpartition("-")[2], order["side"], order["quantity_lots"])
        for name, order in orders.items()
    }


def test_the_books_agree_however_they_are_read(told, rows, played, tmp_path):
    data: Path = played[0]
    assert told["digest"]["equal"] is True
    assert told["ledger"]["verified"] is True
    assert all(arm["digest_equal"] for arm in told["arms"])
    for node in ("recorded-on-cut", "mirrored-off-up"):
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
    assert ended >= nanoseconds(told["market_to"]) == begins + 32 * MINUTE
    cut = rows["recorded-on-cut"]
    alone = [row for row in cut if began < row["body"]["at_ns"] < ended]
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
    for arm in told["arms"]:
        mine = rows[arm["node_id"]]
        assert mine[-1]["kind"] == "StateDigest"
        assert arm["entries"] == {"node": len(mine), "centre": len(mine)}
