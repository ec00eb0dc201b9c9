"""A board is warmed by the table's bars: as of its reference venue, and of no other time."""

import copy
import math
from dataclasses import replace

from edgenode.model.signals import Bar, Source, name_of
from edgenode.ports.bars import Batch, Closed
from edgenode.services.market import MarketBoard
from tests.core.world import WETH, World
from tests.services.bar_store import MemoryBars
from tests.services.test_signals import START, Clock

NOW = START - START % 60


async def store_of(venue="a", mids=(150_000, 151_500, 150_000), nets=(200, 0, -100)):
    store = MemoryBars()
    for name, figure, values in ((venue, "close_ticks", mids), ("local", "net_lots", nets)):
        source = Source(id=name_of(name, WETH), instrument=WETH)
        await store.declare(source)
        first = NOW - 60 * len(values)
        bars = [Bar(begins_s=first + 60 * i, **{figure: v}) for i, v in enumerate(values)]
        await store.store(Batch([Closed(source=source.id, closed_s=NOW, bars=bars)]))
    return store


async def warmed(store, at_s=NOW):
    board = MarketBoard(Clock(at_s))
    await board.warm(store, World().state.rules)
    return board.estimates


async def test_returns_and_flow_are_of_the_bars():
    found = await warmed(await store_of())
    found.saw(WETH, (NOW + 1) * 10**9, 1_500.0)
    (variance,) = found.variances.values()
    square = math.log(1.01) ** 2
    assert math.isclose(variance.value, square, rel_tol=1e-9)
    start = World().state.rules.policy.flow_lots_start * 0.01
    assert found.flow(WETH, NOW * 10**9, 0.0) != start**2


async def test_another_venues_bars_price_nothing():
    found = await warmed(await store_of(venue="b"))
    assert not found.variances


async def test_bars_of_a_later_time_and_a_failing_store_change_nothing():
    found = await warmed(await store_of(), at_s=NOW - 3_600)
    assert not found.variances
    assert not found.flows

    class Failing(MemoryBars):
        async def bars(self, *_):
            self.fails = True
            self._check()

    assert not (await warmed(Failing())).variances


async def test_an_idle_box_keeps_the_flow_that_policy_begins_with():
    found = await warmed(await store_of(nets=(0, 0, 0)))
    assert not found.flows


async def test_bases_are_warmed_by_the_minutes_of_which_both_bars_are_kept():
    world = World()
    world.policy(reference_venue="ref")
    store, mids = MemoryBars(), {"ref": [150_000] * 90, "a": [150_150] * 80}
    for name, values in mids.items():
        source = Source(id=name_of(name, WETH), instrument=WETH)
        await store.declare(source)
        first = NOW - 60 * len(values)
        bars = [Bar(begins_s=first + 60 * i, close_ticks=v) for i, v in enumerate(values)]
        await store.store(Batch([Closed(source=source.id, closed_s=NOW, bars=bars)]))
    board = MarketBoard(Clock(NOW))
    await board.warm(store, world.state.rules)
    (row,) = board.estimates.watch.of_market()
    assert (row.venue, row.state) == ("a", "quiet")
    assert math.isclose(board.estimates.watch.bases[WETH, "a"].usual, math.log(1.001))


def test_bases_are_of_books_that_could_be_traded_on():
    world = World()
    world.policy(reference_venue="ref", static_reference_ticks=None)
    clock = Clock(NOW)
    world.now = clock.now_ns()
    board = MarketBoard(clock)
    policy = world.state.rules.policy

    def hear(venue, mid=150_000, **changes):
        world.publish(venue, mid)
        book = replace(world.books[venue, WETH], **changes)
        board.books[venue, WETH] = book
        board.watched(policy, book)

    hear("a", published_ns=world.now - 3_600 * 10**9)  # too old
    hear("a", published_ns=world.now + 3_600 * 10**9)  # of a time that has not come
    hear("a", bids=())
    hear("elsewhere")
    assert not board.estimates.watch.bases
    hear("a")
    (basis,) = board.estimates.watch.bases.values()
    before = copy.copy(basis)
    hear("ref", bids=())
    hear("ref", published_ns=world.now - 3_600 * 10**9)
    assert basis == before
    hear("ref")
    assert basis != before
