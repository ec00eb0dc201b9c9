"""The venues of an arm: the recorded pool, a late copy of it, and the centre's price feed."""

import asyncio
import random
from collections.abc import Callable

from edgenode.daemon.paper import USDC, WETH_USDC
from edgenode.model.ids import VenueId
from edgenode.sim.arms.setting import Setting
from edgenode.sim.faults import DemandedFault
from edgenode.sim.venue.engine import Engine
from edgenode.sim.venue.ladder import Ladder
from edgenode.sim.venue.markets import LateMarket, Market, RecordedMarket
from edgenode.sim.world.clock import SimClock
from edgenode.sim.world.exchange import Exchange, SimVenue, book_frame
from edgenode.sim.world.loop import lane
from edgenode.sim.world.net import Link, Weather

SECOND_NS = 1_000_000_000
DELAY_S = {"b": 0.03}  # each way, always; B's price looks at A, so no two arrive together
USUAL_S = 0.02
EXECUTIONS = 2_000  # of a venue in an hour, at most


class RecordedExchange(Exchange):
    """A venue whose price is recorded: it publishes at whole seconds, and walks nowhere.

    The desk has there what the ledger says that it put there.
    """

    def __init__(self, name: str, clock: SimClock, market: Market, setting: Setting) -> None:
        super().__init__(name, clock, random.Random(name), dedupe=True)
        figures = setting.figures
        opening = figures.funds_cash * USDC, figures.funds_lots
        self.engine = Engine(name, market, fee_ppm=figures.fee_ppm, dedupe=True, opening=opening)
        self._recorded, self._time = market, clock
        self._every_ns = setting.book_s * SECOND_NS
        self.engine.faults += _told_twice(name, setting)

    async def run(self) -> None:
        """Publish what is recorded until canceled."""
        lane(self.engine.name)
        name = self.engine.instrument
        while True:
            now = self._time.now_ns()
            self.books[name] = book_frame(name, self._recorded, now)
            self.engine.second(now)
            self.ring()
            await asyncio.sleep((self._every_ns - now % self._every_ns) / SECOND_NS)


def _told_twice(name: str, setting: Setting) -> list[DemandedFault]:
    """Return which of a venue's executions it tells twice; the same ones in every arm."""
    if not setting.told_twice:
        return []
    chance = random.Random(f"twice/{name}/{setting.seed}")
    struck = [n for n in range(EXECUTIONS) if chance.random() < setting.told_twice]
    # A fault counts the executions that it lets pass, and not those that one before it struck.
    return [DemandedFault("duplicate_fill", 1, n - before) for before, n in enumerate(struck)]


def venues_of(
    setting: Setting, clock: SimClock
) -> tuple[RecordedExchange, RecordedExchange, RecordedExchange]:
    """Return (A, B, the core's feed): A is the recorded pool, B shows it late."""
    pool = RecordedMarket(
        Ladder(setting.day, setting.impact_exponent), round(setting.refill_s * SECOND_NS)
    )
    core = RecordedMarket(Ladder(setting.core_day or setting.day))
    return (
        RecordedExchange("a", clock, pool, setting),
        RecordedExchange("b", clock, LateMarket(pool, setting.seed, setting.late_s), setting),
        RecordedExchange("core", clock, core, setting),
    )


def maker(exchange: RecordedExchange, link: Link) -> Callable[[], SimVenue]:
    """Return what connects a box, at each of its starts, to a venue."""
    return lambda: SimVenue(VenueId(exchange.engine.name), WETH_USDC, exchange, link)


def steady(name: str) -> Link:
    """Return a link on which nothing is left to chance."""
    link = Link(name, random.Random(name))
    delay_s = DELAY_S.get(name, USUAL_S)
    link.weather = Weather(delay_s=(delay_s, delay_s))
    return link
