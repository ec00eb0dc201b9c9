"""What a feed says is a price while it is young, whole and of the instrument asked for."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.central import config
from edgenode.central.feeds import NOT_SERVED, Feeds, NamedFeeds, Source
from edgenode.model.errors import RefusedError
from edgenode.model.venue import BookView, Unreadable
from edgenode.sim.world.loop import VirtualLoop
from tests.core.world import SECOND, START, WETH

LIMIT_S = 30
BOOK = BookView(
    venue="f", instrument=WETH, published_ns=START, mid_ticks=150_000,
    bids=((149_990, 5),), asks=((150_010, 5),),
)  # fmt: skip


class Clock:
    now = START

    def now_ns(self):
        return self.now


class Feed:
    """A venue that says what a test puts here."""

    id = "f"

    def __init__(self):
        self.said, self.told = asyncio.Queue(), asyncio.Queue()

    async def books(self):
        while True:
            yield await self.said.get()

    async def events(self):
        while True:
            yield await self.told.get()


def lived(story):
    """Run `story(clock, feed, feeds, settle)` beside the feeds' parts."""

    async def life():
        clock, feed = Clock(), Feed()
        source = Source(venue=feed, instrument=WETH, age_ms_max=LIMIT_S * 1_000)
        feeds = Feeds([source], clock)
        async with asyncio.TaskGroup() as tasks:
            parts = [tasks.create_task(part) for part in feeds.parts()]

            async def settle():
                for _ in range(9):
                    await asyncio.sleep(0)

            await story(clock, feed, feeds, settle)
            for part in parts:
                part.cancel()

    loop = VirtualLoop(1)
    try:
        loop.run_until_complete(life())
    finally:
        loop.close()


def told_by(book, later_ns=0):
    """Return what a feed says that published this book so long ago."""
    found = []

    async def story(clock, feed, feeds, settle):
        feed.said.put_nowait(book)
        await settle()
        clock.now += later_ns
        found.append((feeds.price("f", WETH), feeds.marks()))

    lived(story)
    return found[0]


def test_a_feed_without_a_book_has_no_price_and_says_so():
    async def story(_, __, feeds, ___):
        price = feeds.price("f", WETH)
        assert price.ticks is None
        assert price.problem == "no book from f yet (limit 30 s)"

    lived(story)


def test_a_young_book_is_a_price_with_its_age_and_limit():
    price, marks = told_by(BOOK, 7 * SECOND)
    assert price == (150_000, 7_000, LIMIT_S * 1_000, "")
    assert marks == {WETH: 150_000}


@given(later_s=st.integers(0, 100_000))
def test_no_price_is_older_than_its_limit(later_s):
    price, marks = told_by(BOOK, later_s * SECOND)
    assert (price.ticks is not None) == (price.age_ms <= LIMIT_S * 1_000) == (marks != {})
    assert (price.problem == "") == (price.ticks is not None)


@pytest.mark.parametrize(
    "book",
    [replace(BOOK, bids=()), replace(BOOK, asks=()),
     replace(BOOK, published_ns=START - 31 * SECOND),
     replace(BOOK, published_ns=START + 2 * SECOND), replace(BOOK, instrument="BTC-USDC")],
)  # fmt: skip
def test_a_book_that_is_no_market_is_no_price(book):
    price, marks = told_by(book)
    assert price.ticks is None
    assert price.problem
    assert marks == {}


def test_the_same_book_again_grows_old():
    async def story(clock, feed, feeds, settle):
        for _ in range(4):
            feed.said.put_nowait(BOOK)
            await settle()
            clock.now += 10 * SECOND
        assert feeds.price("f", WETH).age_ms == 40_000
        assert feeds.price("f", WETH).ticks is None
        feed.said.put_nowait(replace(BOOK, published_ns=clock.now))
        await settle()
        assert feeds.price("f", WETH).ticks == 150_000

    lived(story)


def test_what_cannot_be_read_of_a_feed_is_told_until_it_sends_a_book():
    async def story(clock, feed, feeds, settle):
        feed.told.put_nowait(Unreadable(venue="f", detail="a book of 'BTC-USDC'"))
        await settle()
        problem = feeds.price("f", WETH).problem
        assert problem == "no book from f yet (limit 30 s): it sends a book of 'BTC-USDC'"
        feed.said.put_nowait(BOOK)
        await settle()
        clock.now += 31 * SECOND
        assert "it sends" not in feeds.price("f", WETH).problem

    lived(story)


def test_a_feed_has_a_price_of_its_own_instrument_alone():
    async def story(_, feed, feeds, settle):
        feed.said.put_nowait(BOOK)
        await settle()
        assert feeds.price("f", "BTC-USDC").problem == f"feed f quotes {WETH}"
        assert feeds.price("g", WETH).problem == "feed g is not in the configuration"
        assert feeds.instruments == {"f": WETH}

    lived(story)


def test_nobody_listens_while_no_centre_runs():
    assert NamedFeeds({"f": WETH}).price("f", WETH) == (None, None, None, NOT_SERVED)
    assert NamedFeeds({"f": WETH}).marks() == {}


@pytest.mark.parametrize(
    ("rows", "found"),
    [([("f", WETH), ("f", WETH)], "feeds[1].id"), ([("", WETH)], "$.feeds[0].id"),
     ([("f", "")], "$.feeds[0].instrument"), ([("a b", WETH)], "$.feeds[0].id")],
)  # fmt: skip
def test_feeds_that_cannot_be_told_apart_are_refused_by_their_path(tmp_path, rows, found):
    file = tmp_path / "c.toml"
    file.write_text(
        "".join(
            f"[[feeds]]\nid = '{name}'\nurl = 'http://h:1'\ninstrument = '{instrument}'\n"
            for name, instrument in rows
        )
    )
    with pytest.raises(RefusedError) as refused:
        config.load(file)
    assert refused.value.code == "EN008"
    assert found in refused.value.found
