"""A board is warmed by the table's bars: as of its reference venue, and of no other time."""

import math

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
