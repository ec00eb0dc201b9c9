"""Asks one venue about the orders of which something is unknown, until it tells.

One question at a time, oldest first, with growing pauses. A venue that does not answer is asked
about one order a round and keeps nobody else waiting: every venue has an inquiry of its own. An
order that its venue does not know, asked again well after it could have been in flight, ends as
never_received.
"""

import asyncio
import random
from contextlib import suppress

from edgenode.core.observations import Reported
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ids import OrderId, VenueId
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, Finished, NotFound, NotKnown, Unknown, VenueView
from edgenode.ports.venue import Venue
from edgenode.services.recorder import Recorder

ANSWER_TIMEOUT_S = 5.0
NOT_FOUND_SETTLES_S = 2 * ANSWER_TIMEOUT_S  # longer than any submit can be in flight
PAUSE_S = (0.05, 5.0)


class Inquiry:
    """The open questions to one venue; as many as it has orders that are unknown."""

    def __init__(
        self, recorder: Recorder, venue_id: VenueId, venue: Venue | None, rng: random.Random
    ) -> None:
        self._recorder = recorder
        self._id = venue_id
        self._venue = venue
        self._rng = rng
        self._open: dict[OrderId, float | None] = {}  # since when the venue does not know it
        self._once: set[OrderId] = set()  # asked about until there is one clear answer
        self._news = asyncio.Event()

    def about(self, order_id: OrderId) -> None:
        """Ask until nothing is unknown of an order; what is asked already is not asked twice."""
        self._open.setdefault(order_id, None)
        self._news.set()

    def once(self, order_id: OrderId) -> None:
        """Ask until the venue answers clearly, whatever it says."""
        self._once.add(order_id)
        self.about(order_id)

    async def run(self) -> None:
        """Ask for ever."""
        first, ceiling = PAUSE_S
        pause_s = first
        while True:
            if not self._open:
                await self._news.wait()
                pause_s = first
            self._news.clear()
            await self._round()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s * self._rng.uniform(0.5, 1.0)):
                    await self._news.wait()
            pause_s = first if self._news.is_set() else min(ceiling, pause_s * 2)

    async def _round(self) -> None:
        """Ask about each open order, until the venue does not answer."""
        for order_id in list(self._open):
            if not self._wanted(order_id):
                del self._open[order_id]
                continue
            view = await self._query(order_id)
            if isinstance(view, Unknown):
                del self._open[order_id]
                self._open[order_id] = None  # another one comes first next time
                return
            await self._answered(order_id, view)

    async def _answered(self, order_id: OrderId, view: VenueView | NotFound) -> None:
        self._once.discard(order_id)
        if isinstance(view, VenueView):
            self._open[order_id] = None
            await self._tell(order_id, view)
            return
        now = asyncio.get_running_loop().time()
        since = self._open[order_id]
        if since is None:
            self._open[order_id] = now
        elif now - since >= NOT_FOUND_SETTLES_S:
            await self._recorder.take(Reported(NotKnown(venue=self._id, order_id=order_id)))

    def _wanted(self, order_id: OrderId) -> bool:
        order = self._recorder.state.orders.orders.get(order_id)
        unknown = order is not None and order.state is OrderState.UNKNOWN
        return unknown or order_id in self._once

    async def _query(self, order_id: OrderId) -> VenueView | NotFound | Unknown:
        if self._venue is None:
            return Unknown("no such venue")
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await self._venue.query(order_id)
        except (UnreachableError, RefusedError, TimeoutError) as error:
            return Unknown(str(error))

    async def _tell(self, order_id: OrderId, view: VenueView) -> None:
        """Turn a view into the events that would have told the same."""
        for fill in view.fills:
            await self._recorder.take(Reported(fill))
        if view.state == "working":
            await self._recorder.take(Reported(Acked(venue=self._id, order_id=order_id)))
            return
        end = Finished(
            venue=self._id, order_id=order_id, reason=view.state, cum_lots=view.cum_lots
        )
        await self._recorder.take(Reported(end))
