"""`edgenode drill replay`: an object an arm, figures that its kept ledgers give again."""

import gzip
import json
import math
from importlib import resources

import pytest
from click.testing import CliRunner

from edgenode.cli.drill import drill

DAY = "2022-07-27"
MINUTES = 3
KEYS = {
    "policy", "flow", "link", "gamma", "cost", "risk", "total_over_core", "rms_net", "peak_net",
    "es95_minute_loss", "orders", "hedged_quantity", "cost_bp",
}  # fmt: skip


@pytest.fixture(scope="module")
def flow(tmp_path_factory):
    """The recorded day as a file."""
    name = f"uniswap-v3-polygon-weth-usdc-{DAY}.csv.gz"
    data = resources.files("edgenode.sim").joinpath("data", name).read_bytes()
    path = tmp_path_factory.mktemp("flow") / f"{DAY}.csv"
    path.write_bytes(gzip.decompress(data))
    return path


def replay(*args):
    """Run the command; returns (exit code, the last line as JSON, the text)."""
    done = CliRunner().invoke(drill, ["replay", *map(str, args), "--json"])
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def told(flow, tmp_path_factory):
    kept = tmp_path_factory.mktemp("kept") / "ledgers"
    code, summary = replay(
        "--flow", flow, "--from", f"{DAY}T18:00:00Z", "--minutes", MINUTES, "--keep", kept,
        "--jobs", 1, "--into", kept.parent / "report",
    )  # fmt: skip
    assert code == 0
    return summary, kept


def test_each_arm_has_its_row_and_its_books_are_equal(told):
    summary, _ = told
    assert summary["digest_equal"]
    assert all(row.keys() >= KEYS for row in summary["arms"])
    traded = [row for row in summary["arms"] if row["policy"] != "foresight"]
    assert len(traded) == 8
    assert all(row["digest_equal"] for row in traded)
    assert "core alone" in summary["verdict"]


def test_the_report_is_beside_its_summary(told):
    folder = told[1].parent / "report"
    assert told[0]["report"] == str(folder / "report.html")
    assert json.loads((folder / "summary.json").read_text()) == told[0]
    assert told[0]["verdict"] in (folder / "report.html").read_text()


def test_the_bound_costs_more_where_risk_is_dearer_and_leaves_less(told):
    for flow in ("recorded", "mirrored"):
        points = [p for p in told[0]["bound"] if (p["flow"], p["link"]) == (flow, "up")]
        assert points == sorted(points, key=lambda p: (p["gamma"], p["cost"]))
        assert points[0]["rms_net"] >= points[-1]["rms_net"]
        assert points[0]["cost"] < points[-1]["cost"]


def test_no_arm_has_a_break(told):
    """What the venues hold is what the ledgers say, to the last lot and cent."""
    for ledger in told[1].glob("*/node.jsonl"):
        kinds = [json.loads(line).get("kind") for line in ledger.read_text().splitlines()]
        assert "OrderGated" in kinds
        assert "BreakOpened" not in kinds, ledger


def test_a_window_that_ends_before_the_cut_says_so(told):
    summary, _ = told
    assert not any(row["was_cut"] for row in summary["arms"])
    assert summary["verdict"].endswith("link cut: the window ends before the cut.")


def test_arms_that_live_through_the_same_end_the_same(told):
    """Until the cut a link that will be cut changes nothing, to the digit."""
    rows = {(r["policy"], r["flow"], r["link"]): r for r in told[0]["arms"]}
    same = ("cost", "risk", "rms_net", "peak_net", "orders", "hedged_quantity", "trading_pnl")
    for (policy, flow, link), row in rows.items():
        if link == "up":
            twin = rows[policy, flow, "cut"]
            assert [row[key] for key in same] == [twin[key] for key in same], (policy, flow)
    assert rows["core", "recorded", "up"]["risk"] == rows["core", "mirrored", "up"]["risk"]


def test_core_alone_costs_no_overlay_and_stands_at_one(told):
    alone = [row for row in told[0]["arms"] if row["policy"] == "core"]
    assert {(row["cost"], row["orders"], row["total_over_core"]) for row in alone} == {(0, 0, 1)}


def test_nobody_does_better_than_who_knows_all_before(told):
    rows = {(r["policy"], r["flow"], r["link"]): r["total_over_core"] for r in told[0]["arms"]}
    for (policy, *of), total in rows.items():
        assert rows["foresight", *of] <= min(total, 1), policy


def test_cost_and_exposure_can_be_computed_again_from_what_was_kept(told):
    """By a reader that knows nothing of the engine: JSON, signed lots, times."""
    summary, kept = told
    for row in summary["arms"]:
        if row["policy"] == "foresight":
            continue  # nobody traded it
        folder = kept / f"{row['policy']}-{row['flow']}-{row['link']}"
        cost, rms = again(folder)
        assert row["cost"] == pytest.approx(cost, abs=1e-3)
        assert row["rms_net"] == pytest.approx(rms, abs=1e-3)


def again(folder):
    """Return (overlay cost in USDC, RMS of net exposure in WETH) from kept ledgers."""
    setting = json.loads((folder / "setting.json").read_text())
    mids, begins = setting["mid_ticks"], setting["from_ns"]
    deals, sent, cost = [], {}, 0.0
    for line in (folder / "node.jsonl").read_text().splitlines():
        body, kind = (json.loads(line).get(key) for key in ("body", "kind"))
        if kind == "OrderGated":
            sent[body["order_id"]] = body["saw"]["reference_ticks"]
        if kind != "FillRecorded" or not body["account"].startswith("desk:"):
            continue
        lots = body["quantity_lots"] * (1 if body["side"] == "buy" else -1)
        deals.append((body["venue_time_ns"], lots))
        if body["account"] == "desk:overlay":
            cost += lots * (body["price_ticks"] - sent[body["order_id"]]) / 1e4
            cost += body["fee_minor"] / 1e6
    for line in (folder / "desk.jsonl").read_text().splitlines():
        body, kind = (json.loads(line).get(key) for key in ("body", "kind"))
        if kind == "CoreFillRecorded":
            lots = body["quantity_lots"] * (1 if body["side"] == "buy" else -1)
            deals.append((body["at_ns"], lots))
    seconds = range(begins, setting["to_ns"] + 1, 10**9)
    nets = [sum(lots for at, lots in deals if at <= second) / 100 for second in seconds]
    assert len(mids) == len(nets)
    return cost, math.sqrt(sum(net * net for net in nets) / len(nets))


def test_a_second_run_into_the_same_folder_is_refused_and_leaves_it(told, flow):
    kept = told[1]
    code, error = replay(
        "--flow", flow, "--from", f"{DAY}T18:00:00Z", "--keep", kept, "--into", kept.parent / "no"
    )
    assert (code, error["code"]) == (1, "EN406")
    assert (kept / "core-recorded-up" / "node.jsonl").is_file()


def test_a_window_outside_of_the_day_and_a_file_that_is_none_are_refused(flow, tmp_path):
    late = replay("--flow", flow, "--from", f"{DAY}T23:30:00Z", "--minutes", 60)
    other = replay("--flow", flow, "--from", "2022-07-28T10:00:00Z")
    absent = replay("--flow", tmp_path / "none.csv", "--from", f"{DAY}T18:00:00Z")
    (tmp_path / "bad.csv").write_bytes(b"\xff\xfe\x00")
    binary = replay("--flow", tmp_path / "bad.csv", "--from", f"{DAY}T18:00:00Z")
    (tmp_path / "huge.csv").write_bytes(b"timestamp\n" * 500_000)
    huge = replay("--flow", tmp_path / "huge.csv", "--from", f"{DAY}T18:00:00Z")
    codes = [told["code"] for _, told in (late, other, absent, binary, huge)]
    assert codes == ["EN002", "EN002", "EN006", "EN002", "EN002"]
    assert "bytes" in huge[1]["found"]
