"""Asks one venue about the orders of which something is open, until nothing is.

An order is asked about while it is UNKNOWN, while its cancel is not answered, or once on request.
One question at a time, the longest waiting first, never more than one in `SPACING_S`. An order
that stays open is asked about with growing pauses, and a venue that does not answer gets growing
pauses as a whole: every venue has an inquiry of its own, so it keeps no other waiting. "Not known"
counts only if the venue's snapshot can be read too; two such answers lie `SETTLES_S` apart.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress

from edgenode.core.observations import Reported
from edgenode.core.state.order import Order
from edgenode.core.venues.silence import SECOND_NS, SETTLES_NS
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ids import OrderId, VenueId
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, Finished, NotFound, NotKnown, Unknown, VenueView
from edgenode.ports.venue import Venue
from edgenode.services.recorder import Recorder

ANSWER_TIMEOUT_S = 5.0
SETTLES_S = SETTLES_NS / SECOND_NS
SPACING_S = 0.02  # at most 50 questions a second
PAUSE_S = (0.05, 5.0)  # of a venue that does not answer
AGAIN_S = (0.05, 30.0)  # of an order that stays open
READ_S = 5.0  # one snapshot serves the answers of so long

Again = Callable[[OrderId], None]  # have the cancel of an order repeated


class Inquiry:
    """The open questions to one venue; as many as it has orders that are open to question."""

    def __init__(
        self,
        recorder: Recorder,
        venue_id: VenueId,
        venue: Venue | None,
        rng: random.Random,
        again: Again,
    ) -> None:
        self._recorder = recorder
        self._id = venue_id
        self._venue = venue
        self._rng = rng
        self._again = again
        self._due: dict[OrderId, float] = {}  # when each is asked about next
        self._pauses: dict[OrderId, float] = {}
        self._once: set[OrderId] = set()  # asked about until there is one clear answer
        self._canceled: set[OrderId] = set()
        self._dark_s = PAUSE_S[0]
        self._read_at = -READ_S
        self._listed: frozenset[OrderId] = frozenset()
        self._news = asyncio.Event()

    def about(self, order_id: OrderId) -> None:
        """Ask until nothing is open of an order; what is asked already is not asked twice."""
        if order_id not in self._due:
            self._due[order_id] = _now()
            self._pauses[order_id] = AGAIN_S[0]
            self._news.set()

    def once(self, order_id: OrderId) -> None:
        """Ask until the venue answers clearly, whatever it says."""
        self._once.add(order_id)
        self.about(order_id)

    def canceled(self, order_id: OrderId) -> None:
        """Ask soon what became of an order after its first cancel; repeats keep their pauses."""
        if order_id not in self._canceled:
            self._canceled.add(order_id)
            self._due.pop(order_id, None)
        self.about(order_id)

    async def run(self) -> None:
        """Ask until canceled."""
        while True:
            order_id = await self._next()
            view = await self._query(order_id)
            if isinstance(view, Unknown):
                self._later(order_id, most_s=PAUSE_S[1])
                if self._cancel_is_open(order_id):
                    self._again(order_id)
                await asyncio.sleep(self._dark_s * self._rng.uniform(0.5, 1.0))
                self._dark_s = min(PAUSE_S[1], self._dark_s * 2)
                continue
            self._dark_s = PAUSE_S[0]
            await self._answered(order_id, view)
            await asyncio.sleep(SPACING_S)

    async def _next(self) -> OrderId:
        """Wait for the question that is due first."""
        while True:
            for order_id in [one for one in self._due if not self._wanted(one)]:
                del self._due[order_id], self._pauses[order_id]
                self._canceled.discard(order_id)
            first = min(self._due, key=self._due.__getitem__, default=None)
            if first is not None and self._due[first] <= _now():
                return first
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if first is None else self._due[first]):
                    await self._news.wait()

    async def _answered(self, order_id: OrderId, view: VenueView | NotFound) -> None:
        if isinstance(view, NotFound):
            known = await self._not_known(order_id)
        else:
            known = True
            await self._tell(order_id, view)
        if known:
            self._once.discard(order_id)
        open_ = self._cancel_is_open(order_id)
        if open_:
            self._again(order_id)  # it may have overtaken the submit, or was lost
        self._later(order_id, least_s=0.0 if open_ or known else SETTLES_S)

    async def _not_known(self, order_id: OrderId) -> bool:
        """Take the venue's "not known"; returns whether its snapshot lists the order all the same.

        An order that it lists is known, whatever the answer said.
        """
        if not await self._read():
            return False
        if order_id in self._listed:
            await self._recorder.take(Reported(Acked(venue=self._id, order_id=order_id)))
            return True
        await self._recorder.take(Reported(NotKnown(venue=self._id, order_id=order_id)))
        self._once.discard(order_id)
        return False

    async def _read(self) -> bool:
        """Read the venue's snapshot, unless it was read just now; its executions are evidence."""
        assert self._venue is not None, "a venue that is not here answers nothing"
        if _now() - self._read_at < READ_S:
            return True
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                status = await self._venue.snapshot()
        except (UnreachableError, RefusedError, TimeoutError):
            return False
        self._read_at = _now()
        self._listed = frozenset(view.order_id for view in status.open_orders)
        for evidence in status.fills:
            await self._recorder.take(Reported(evidence))
        return True

    def _later(
        self, order_id: OrderId, *, least_s: float = 0.0, most_s: float = AGAIN_S[1]
    ) -> None:
        """Ask again after the order's own pause, and behind those that wait longer."""
        pause_s = self._pauses[order_id]
        self._pauses[order_id] = min(most_s, pause_s * 2)
        self._due[order_id] = _now() + max(least_s, pause_s * self._rng.uniform(0.5, 1.0))

    def _open(self, order_id: OrderId) -> Order | None:
        order = self._recorder.state.orders.orders.get(order_id)
        return None if order is None or order.state is OrderState.DONE else order

    def _cancel_is_open(self, order_id: OrderId) -> bool:
        order = self._open(order_id)
        return order is not None and order.cancel_sent

    def _wanted(self, order_id: OrderId) -> bool:
        order = self._open(order_id)
        asked = order is not None and (order.state is OrderState.UNKNOWN or order.cancel_sent)
        return asked or order_id in self._once

    async def _query(self, order_id: OrderId) -> VenueView | NotFound | Unknown:
        if self._venue is None:
            return Unknown("no such venue")
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await self._venue.query(order_id)
        except (UnreachableError, RefusedError, TimeoutError) as error:
            return Unknown(str(error))

    async def _tell(self, order_id: OrderId, view: VenueView) -> None:
        """Return a view as the events that say the same."""
        for fill in view.fills:
            await self._recorder.take(Reported(fill))
        if view.state == "working":
            await self._recorder.take(Reported(Acked(venue=self._id, order_id=order_id)))
            return
        end = Finished(
            venue=self._id, order_id=order_id, reason=view.state, cum_lots=view.cum_lots
        )
        await self._recorder.take(Reported(end))


def _now() -> float:
    return asyncio.get_running_loop().time()
