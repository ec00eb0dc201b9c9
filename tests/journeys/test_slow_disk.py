"""A disk that takes its time under a whole node: it waits, and nothing is told too early."""

import asyncio

import pytest

from edgenode.sim.demo import world
from tests.journeys import books
from tests.journeys.stage import ARM, customers, staged
from tests.journeys.tracing import injected

DELAY_S = 0.2
LATE = f"delay_exit={int(DELAY_S * 1_000_000)}"

pytestmark = pytest.mark.needs("strace")


async def test_on_a_slow_disk_a_node_waits_and_its_books_are_right(tmp_path):
    orders = customers(mid=world.recorded(ARM).mid_ticks(world.BEGINS) / 100)
    loop = asyncio.get_running_loop()
    async with staged(tmp_path) as stage:
        stage.begin_market()
        await stage.until(lambda s: s["market"] and s["sync"]["online"])
        async with injected(stage.children["node"].process.pid, "fdatasync", LATE):
            began = loop.time()
            assert await stage.desk.place(next(orders)) == 201
            assert loop.time() - began >= DELAY_S  # told only once it was on the disk
            for kind in ("FillRecorded", "OrderDone"):
                await stage.trade_until(kind, orders)
            status = await stage.until(lambda s: s["sync"]["online"])
            assert status["verdict"] in {"READY", "HEDGING"}
        await stage.desk.pause_all()
        await stage.until(
            lambda s: s["orders"]["unknown"] == 0 and not s["sync"]["unsynced_entries"]
        )
        assert await stage.stop("node") == 0
        truths = {letter: await stage.venue(letter, "/truth") for letter in "ab"}
        assert await stage.stop("centre") == 0
    rows = books.export(stage.data)
    for letter, truth in truths.items():
        books.assert_fills_are_the_venues(rows, letter, truth)
        books.assert_nothing_sent_twice(rows, letter, truth)
    assert truths["a"]["fills"], "a journey without hedges proves nothing"
    books.assert_acts_kept_the_bound(rows, band=100, one_slice=300)
