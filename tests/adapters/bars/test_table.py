"""The table of bars: whole batches, marks of files, and a damaged file that is moved aside."""

import sqlite3

import pytest

from edgenode.adapters.bars.table import DAMAGED, NAME, BarTable
from edgenode.model.errors import UnreachableError
from edgenode.model.signals import Bar, Reading, Source
from edgenode.ports.bars import PRUNED_BEHIND, Batch, Closed

FEED = Source(id="feed:x", instrument="WETH-USDC", kind="count", form="counter", step_s=300,
              decimals=2, offset_min=-300)  # fmt: skip
BOOK = Source(id="venue:a/WETH-USDC", instrument="WETH-USDC", form="book", decimals=2)
BARS = [Bar(begins_s=60 * i, value=i, close_ticks=i + 1, spread_ticks=2, depth_lots=3, net_lots=-i)
        for i in range(5)]  # fmt: skip


@pytest.fixture
def table(tmp_path):
    opened = BarTable.opened(tmp_path)
    yield opened
    opened.close()


def again(table, tmp_path):
    table.close()
    return BarTable.opened(tmp_path)


async def test_what_is_kept_is_there_at_the_next_start(table, tmp_path):
    for source in (FEED, BOOK):
        await table.declare(source)
    readings = [Reading(key=f"i{i}", at_ms=1_000 * i, value=i) for i in range(4)]
    await table.said(FEED.id, readings, 77)
    await table.store(Batch([Closed(source=FEED.id, closed_s=300, readings_from_ms=2_000)]))
    await table.store(Batch([Closed(source=BOOK.id, closed_s=300, bars=BARS)], {BOOK.id: b"s"}))
    opened = again(table, tmp_path)
    try:
        feed, book = await opened.load()
        assert (feed.source, feed.closed_s, feed.until_s) == (FEED, 300, 77)
        assert (feed.readings, feed.state) == (tuple(readings[2:]), None)
        assert (book.source, book.closed_s, book.state) == (BOOK, 300, b"s")
        assert await opened.bars(BOOK.id, 60, 3) == BARS[1:4]
        assert await opened.bars(FEED.id, 0, 9) == []
    finally:
        opened.close()


async def test_the_same_again_changes_nothing(table):
    await table.declare(FEED)
    reading = Reading(key="i1", at_ms=1, value=1)
    for value in (1, 2):
        await table.said(FEED.id, [Reading(key="i1", at_ms=1, value=value)], 50)
        await table.said(FEED.id, [], 40)
        await table.store(Batch([Closed(source=FEED.id, closed_s=60,
                                        bars=[Bar(begins_s=0, value=value)])]))  # fmt: skip
        await table.declare(FEED)
    (kept,) = await table.load()
    assert (kept.readings, kept.until_s) == ((reading,), 50)
    assert await table.bars(FEED.id, 0, 9) == [Bar(begins_s=0, value=1)]


async def test_older_bars_are_pruned_and_a_forgotten_source_is_gone(table):
    for source in (FEED, BOOK):
        await table.declare(source)
        await table.store(Batch([Closed(source=source.id, closed_s=300, bars=BARS)]))
    await table.store(Batch(bars_from_s=120))
    assert await table.bars(BOOK.id, 0, 9) == BARS  # few are newer: the clock may be wrong
    newer = [Bar(begins_s=60 * i, value=i) for i in range(5, 2 + PRUNED_BEHIND)]
    await table.store(Batch([Closed(source=BOOK.id, closed_s=300, bars=newer)], {}, 120))
    assert await table.bars(BOOK.id, 0, 3) == BARS[2:]
    assert await table.bars(FEED.id, 0, 9) == BARS
    await table.forget(FEED.id)
    assert await table.bars(FEED.id, 0, 9) == []
    assert [kept.source for kept in await table.load()] == [BOOK]


async def test_what_is_dated_after_a_time_is_forgotten_with_what_took_it(table):
    for source in (FEED, BOOK):
        await table.declare(source)
    readings = [Reading(key=f"i{i}", at_ms=60_000 * i, value=i) for i in range(4)]
    await table.said(FEED.id, readings, 500)
    await table.store(Batch([Closed(source=FEED.id, closed_s=100)], {FEED.id: b"f"}))
    await table.store(Batch([Closed(source=BOOK.id, closed_s=300, bars=BARS)], {BOOK.id: b"s"}))
    await table.forget_after(130)
    feed, book = await table.load()
    assert (feed.closed_s, feed.until_s, feed.state) == (100, 130, b"f")
    assert feed.readings == tuple(readings[:3])
    assert (book.closed_s, book.state) == (120, None)
    assert await table.bars(BOOK.id, 0, 9) == BARS[:3]


async def test_a_batch_that_fails_leaves_nothing(table):
    await table.declare(FEED)
    bad = Bar(begins_s=60, value="no number")
    closed = Closed(source=FEED.id, closed_s=120, bars=[Bar(begins_s=0, value=1), bad])
    with pytest.raises(UnreachableError) as caught:
        await table.store(Batch([closed]))
    assert (caught.value.code, bool(caught.value.do)) == ("EN404", True)
    (kept,) = await table.load()
    assert kept.closed_s is None
    assert await table.bars(FEED.id, 0, 9) == []


async def test_a_file_is_marked_by_its_bytes(table, tmp_path):
    await table.mark_read(b"1" * 32, "x.csv", rows=9, refused=1, at_s=500)
    opened = again(table, tmp_path)
    try:
        assert await opened.is_read(b"1" * 32)
        assert not await opened.is_read(b"2" * 32)
        await opened.store(Batch(bars_from_s=501))
        assert not await opened.is_read(b"1" * 32)
    finally:
        opened.close()


@pytest.mark.parametrize("data", [b"", b"garbage of some length " * 200, None])
async def test_a_damaged_table_is_moved_aside_and_begun_anew(tmp_path, data):
    path = tmp_path / NAME
    if data is None:
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE other(x)")
        db.close()
    else:
        path.write_bytes(data)
    opened = BarTable.opened(tmp_path)
    try:
        assert await opened.load() == []
    finally:
        opened.close()
    moved = tmp_path / (NAME + DAMAGED)
    assert moved.exists()
    assert data is None or moved.read_bytes() == data
