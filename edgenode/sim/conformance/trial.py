"""One adapter at work on a venue that is being checked."""

import asyncio
from dataclasses import dataclass, field

import aiohttp

from edgenode.adapters.venues.http import HttpVenue
from edgenode.adapters.venues.place import Place
from edgenode.model.ids import InstrumentId, OrderId
from edgenode.model.orders import Side, sign
from edgenode.model.venue import BookView, FillReport, Finished, OrderToSend, VenueEvent

WITHIN_S = 15.0
AWAY_PPM = 20_000
PPM = 1_000_000


class SkippedError(Exception):
    """A check that this venue gives no means for."""


@dataclass(slots=True)
class Trial:
    """One adapter at work: what it heard, and orders named so that no run repeats another's."""

    venue: HttpVenue
    url: str
    instrument: InstrumentId
    account: str
    tag: str
    began: int = 0  # the position before the first order
    events: list[VenueEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    sent: int = 0

    def order(
        self, side: Side, lots: int, *, rests: bool = False, book: BookView | None = None
    ) -> OrderToSend:
        """Make an order that executes at once, or one that rests far away."""
        self.sent += 1
        mid = book.mid_ticks if book is not None else 0
        away = sign(side) * mid * AWAY_PPM // PPM * (-5 if rests else 1)
        return OrderToSend(
            order_id=OrderId(f"{self.tag}{self.sent:04}"),
            instrument=self.instrument,
            side=side,
            quantity_lots=lots,
            price_ticks=max(1, mid + away),
            time_in_force="day" if rests else "ioc",
        )

    def other(self) -> HttpVenue:
        """Make another adapter of the same venue and account, which knows nothing yet."""
        return HttpVenue(
            venue_id=self.venue.id,
            url=self.url,
            account=self.account,
            instrument=self.instrument,
        )

    @property
    def place(self) -> Place:
        """Return how far this adapter's stream was handed over."""
        return self.venue.place

    async def book(self) -> BookView:
        """Wait for a published book."""
        async with asyncio.timeout(WITHIN_S):
            return await anext(self.venue.books())

    async def until_done(self, order_id: OrderId) -> Finished:
        """Wait for an order's end."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                for event in self.events:
                    if isinstance(event, Finished) and event.order_id == order_id:
                        return event
                self.news.clear()
                await self.news.wait()

    def fills_of(self, order_id: OrderId) -> list[FillReport]:
        """Return an order's executions as they came."""
        return [e for e in self.events if isinstance(e, FillReport) and e.order_id == order_id]

    async def listen(self) -> None:
        """Hear the venue until canceled."""
        async for event in self.venue.events():
            self.events.append(event)
            self.news.set()

    async def fault(self, kind: str, count: int = 1) -> None:
        """Ask the venue to misbehave on the next occasions."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.url}/faults", json={"kind": kind, "count": count}) as answer,
        ):
            if not answer.ok:
                raise SkippedError(f"no fault {kind!r} to ask for")

    async def position(self) -> int:
        """Return the lots that the venue shows."""
        status = await self.venue.snapshot()
        return status.positions.get(self.instrument, 0)

    def owns(self, event: FillReport | Finished) -> bool:
        """Return whether an event is of one of this run's orders."""
        return event.order_id.startswith(self.tag)
