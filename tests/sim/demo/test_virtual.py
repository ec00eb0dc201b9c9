"""An arm of the demo in virtual time: its row again from what it kept, the same on every run."""

import asyncio
import json
import math

import pytest

from edgenode.sim.demo import beside, summary, virtual, world
from edgenode.sim.demo.arms import ARMS, Arm
from edgenode.sim.demo.beside import Order
from edgenode.sim.demo.virtual import Task
from edgenode.sim.recorded import MINUTE_NS
from tests.journeys import books

MINUTES = 23  # the first minutes behind the decision, the link cut
UNTIL_NS = world.BEGINS + MINUTES * MINUTE_NS
SHORT_NS = world.BEGINS + 2 * MINUTE_NS
BUSY = Arm("recorded", overlay=True, link="cut")


def task(arm, folder, until_ns=UNTIL_NS):
    return Task(arm, until_ns, 1.0, 1, folder)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arms")
    return virtual.told(task(BUSY, folder)), folder / BUSY.node_id


def entries(file):
    return [row for line in file.read_text().splitlines() if "kind" in (row := json.loads(line))]


def signed(fill):
    return fill["quantity_lots"] * (1 if fill["side"] == "buy" else -1)


def test_its_world_is_the_one_that_is_defined(tmp_path):
    made = {arm: virtual.setting_of(arm, world.ENDS, spike=1.0, seed=1) for arm in ARMS}
    assert {s.figures.risk_aversion_ppm for s in made.values()} == {10_000}
    assert {s.figures.event_spend_max for s in made.values()} == {450}
    assert {s.core["slice_lots_max"] for s in made.values()} == {300}
    for arm, setting in made.items():
        assert setting.figures.overlay_enabled == arm.overlay
        assert (setting.cut is not None) == (arm.link == "cut")
        assert (setting.event is None) == (arm.flow == "quiet")
        assert setting.direction == (-1 if arm.flow == "mirrored" else 1)
    early = virtual.setting_of(BUSY, world.CUT, spike=1.0, seed=1)
    assert early.cut is None, "a link is not cut behind the window's end"


def test_its_cost_lots_and_end_are_those_of_its_kept_ledgers(told):
    made, folder = told
    rows = entries(folder / "node.jsonl")
    core = [r["body"] for r in entries(folder / "desk.jsonl") if r["kind"] == "CoreFillRecorded"]
    fills = books.of(rows, "FillRecorded")
    hedges = [f for f in fills if f["account"] == "desk:overlay"]
    seen = {g["order_id"]: g["saw"]["reference_ticks"] for g in books.of(rows, "OrderGated")}
    cost = sum(signed(f) * (f["price_ticks"] - seen[f["order_id"]]) for f in hedges)
    cost += sum(signed(f) * (f["price_ticks"] - f["reference_ticks"]) for f in core)
    fees = sum(f["fee_minor"] for f in (*hedges, *core)) / 1e6
    row = made.row
    assert math.isclose(float(row["hedge_cost"]), cost * 1e-4 + fees, abs_tol=0.0051)
    assert row["overlay_lots"] == sum(f["quantity_lots"] for f in hedges) > 0
    assert row["core_lots"] == sum(f["quantity_lots"] for f in core) > 0
    book = [f for f in fills if f["account"] == "desk:book"]
    left = sum(map(signed, (*book, *hedges, *core)))
    assert float(row["final_abs"]) == abs(left) / 100 == abs(float(made.net_by_minute[-1]))
    assert row["entries"] == {"node": len(rows), "centre": len(rows)}
    assert row["digest_equal"]
    assert made.apart is None


def test_every_customers_order_was_taken_and_old_prices_gave_nothing_away(told):
    row = told[0].row
    assert row["customers_orders"] == {"asked": 4 * MINUTES, "accepted": 4 * MINUTES}
    assert float(row["stale_gain"]) <= 0
    assert row["was_cut"]
    assert len(told[0].net_by_minute) == MINUTES + 1


def test_a_row_holds_no_float(told):
    def kinds(value):
        return (
            set().union(*map(kinds, value.values())) if isinstance(value, dict) else {type(value)}
        )

    assert kinds(told[0].row) <= {str, int, bool}


async def played(data, jobs):
    (data / "logs").mkdir(parents=True)
    return {arm: one async for arm, one in beside.play(Order(SHORT_NS, 1.0, 1, jobs), data)}


async def test_the_same_seed_gives_the_same_hash_whatever_runs_beside(tmp_path):
    """All arms twice, one after another and two at once: the machine has no say in it."""
    found = [await played(tmp_path / str(jobs), jobs) for jobs in (1, 2)]
    assert all(set(arms) == set(ARMS) for arms in found)
    rows = [[arms[arm].row for arm in ARMS] for arms in found]
    hashes = {summary.figures_sha256(one) for one in rows}
    assert len(hashes) == 1, [pair for pair in zip(*rows, strict=True) if pair[0] != pair[1]]
    assert all(row["digest_equal"] for row in rows[0])


async def test_arms_that_end_by_themselves_are_named_with_their_log(tmp_path):
    (tmp_path / "arms" / ARMS[0].node_id).mkdir(parents=True)  # in the way of what it keeps
    (tmp_path / "logs").mkdir()
    with pytest.raises(beside.UnreachableError) as caught:
        async for _ in beside.play(Order(SHORT_NS, 1.0, 1, 1), tmp_path):
            pass
    assert "exit code 1" in caught.value.found
    assert "FileExistsError" in (tmp_path / "logs" / "arms.log").read_text()


async def test_who_no_longer_listens_leaves_no_process(tmp_path):
    (tmp_path / "logs").mkdir()
    playing = beside.play(Order(SHORT_NS, 1.0, 1, 2), tmp_path)
    await anext(playing)
    before = asyncio.all_tasks()
    await playing.aclose()
    assert asyncio.all_tasks() <= before
