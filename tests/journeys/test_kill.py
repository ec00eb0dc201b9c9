"""Kill -9 at many points: what restarts verifies, continues, and has done nothing twice."""

import itertools
import os
import signal

import pytest

from edgenode.sim.demo import world
from tests.journeys import books
from tests.journeys.stage import ARM, customers, staged
from tests.journeys.tracing import injected

HEDGE = {"account": "desk:overlay"}
# Each is reached and the process killed at once; with what a venue does wrong on the way there.
POINTS: tuple[tuple[str, dict[str, str], str | None], ...] = (
    ("OrderGated", {}, None),
    ("OrderSent", {}, None),
    ("OrderSent", {}, "lost_answer"),
    ("OrderUnknown", {}, "down"),
    ("FillRecorded", HEDGE, "duplicate_fill"),
    ("OrderDone", {}, "late_fill"),
    ("FillBusted", {}, "bust"),
    ("FillCorrected", {}, "correct"),
    ("HedgeProgramme", {}, None),
)
OCCASIONS = {"down": 12}  # what is down answers nothing: snapshots use it up, too; else 1
ROUNDS = 3
SLICE = 3  # points of one test: its time does not grow with the number of points
WITH_CENTRE = {"OrderUnknown", "FillBusted", "HedgePlanned"}  # there the centre is killed, too
WRITES = int(os.environ.get("EDGENODE_LEDGER_WRITES", "4"))  # a busy minute has some hundreds
CALLS = [(call, n) for n in range(1, WRITES + 1) for call in ("pwrite64", "fdatasync")]


def sliced(points):
    """Return runs of a few points, so that no test takes long however many there are."""
    return [points[at : at + SLICE] for at in range(0, len(points), SLICE)]


@pytest.mark.parametrize("points", sliced(POINTS * ROUNDS), ids=itertools.count())
async def test_a_killed_node_continues_and_nothing_is_sent_or_booked_twice(tmp_path, points):
    orders = customers(mid=world.recorded(ARM).mid_ticks(world.BEGINS) / 100)
    async with staged(tmp_path) as stage:
        stage.begin_market()
        reached = []
        for kind, fields, fault in points:
            await stage.until(lambda s: s["market"] and s["sync"]["online"])
            if fault:
                what = {"kind": fault, "count": OCCASIONS.get(fault, 1)}
                for letter in "ab":
                    await stage.venue(letter, "/faults", what)
            reached.append(await stage.trade_until(kind, orders, **fields))
            await stage.kill("node")
            if kind in WITH_CENTRE:
                await stage.kill("centre")
                await stage.start_centre()
            assert_verifies(stage)
            await stage.start_node()
        await assert_it_goes_on_and_books_are_right(stage, orders, reached, boots=len(points) + 1)


@pytest.mark.needs("strace")
@pytest.mark.parametrize("points", sliced(CALLS), ids=itertools.count())
async def test_killed_at_each_write_of_its_ledger_in_turn(tmp_path, points):
    """The n-th write, or the n-th sync, after each start, for one n after another."""
    orders = customers(mid=world.recorded(ARM).mid_ticks(world.BEGINS) / 100)
    async with staged(tmp_path) as stage:
        stage.begin_market()
        ledger = stage.data / "ledger.sqlite"
        files = (ledger, ledger.with_name("ledger.sqlite-wal"))
        for call, number in points:
            await stage.until(lambda s: s["market"] and s["sync"]["online"])
            pid = stage.children["node"].process.pid
            async with injected(pid, call, f"signal=KILL:when={number}", *files):
                assert await stage.trade_until_the_end(orders) == -signal.SIGKILL
            assert_verifies(stage)
            await stage.start_node()
        await assert_it_goes_on_and_books_are_right(stage, orders, [], boots=len(points) + 1)


def assert_verifies(stage):
    code, verified = books.run("main", "ledger", "verify", "--data", str(stage.data))
    assert (code, verified["ok"], verified["anchor"]) == (0, True, "match")


async def assert_it_goes_on_and_books_are_right(stage, orders, reached, *, boots):
    """It hedges once more after its last start; then what everybody holds is compared."""
    await stage.until(lambda s: s["market"] and s["sync"]["online"])
    reached = [*reached, await stage.trade_until("FillRecorded", orders, **HEDGE)]
    truths = await at_rest(stage)
    rows = books.export(stage.data)
    assert len(books.of(rows, "BootStarted")) == boots
    assert_books_are_right(stage, rows, truths, reached)


async def at_rest(stage):
    """Stop everything once nothing is under way; gives what the venues believe."""
    await stage.desk.pause_all()
    await stage.until(lambda s: s["orders"]["open"] == 0 and s["sync"]["online"])
    assert await stage.stop("node") == 0
    truths = {letter: await stage.venue(letter, "/truth") for letter in "ab"}
    assert await stage.stop("centre") == 0
    return truths


def assert_books_are_right(stage, rows, truths, seen):
    """`seen`: entries that the node gave out as durable, hedges' executions among them."""
    leaves = {row["seq"]: row["leaf"] for row in rows}
    assert {row["seq"]: row["leaf"] for row in seen}.items() <= leaves.items()
    hedges = [(f["venue"], f["exec_id"]) for f in books.of(seen, "FillRecorded")]
    assert hedges, "a journey without hedges proves nothing"
    assert len(set(hedges)) == len(hedges)
    assert {*hedges} <= {(name, f["exec_id"]) for name, t in truths.items() for f in t["fills"]}
    for letter, truth in truths.items():
        books.assert_fills_are_the_venues(rows, letter, truth)
        books.assert_nothing_sent_twice(rows, letter, truth)
    books.assert_acts_kept_the_bound(rows, band=100, one_slice=300)
    own = books.run("main", "state", "digest", "--data", str(stage.data))[1]
    args = ("book", "digest", "--node-id", ARM.node_id, "--data", str(stage.places.centre))
    theirs = books.run("central", *args)[1]
    assert own["parts"] == theirs["parts"]
    assert own["size"] == theirs["size"] == len(rows)
