"""From durable intents to venues, and from silence to evidence.

`OrderSent` is durable before `submit` is called. No answer makes the order UNKNOWN; then the venue
is asked until it tells, with growing pauses. Nothing is ever sent twice: an order that a venue
does not know, asked again well after it could have been in flight, ends as never_received, and
the hedger plans afresh.
"""

import asyncio
import random
from collections.abc import Mapping

import structlog

from edgenode.core.node import Recorded
from edgenode.core.observations import Reported
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.facts import OrderSent, OrderUnknown
from edgenode.model.ids import OrderId, VenueId
from edgenode.model.orders import OrderState
from edgenode.model.venue import (
    Acked,
    Finished,
    NotAnswered,
    NotFound,
    NotKnown,
    OrderToSend,
    Unknown,
    VenueEvent,
    VenueView,
)
from edgenode.ports import Venue
from edgenode.services.recorder import Recorder

log = structlog.get_logger()

SUBMIT_TIMEOUT_S = 5.0
NOT_FOUND_SETTLES_S = 2 * SUBMIT_TIMEOUT_S  # longer than any submit can be in flight
QUERY_PAUSE_S = (0.05, 5.0)
IN_FLIGHT_MAX = 16


class Executor:
    """Sends what is durable; asks about what is unknown."""

    def __init__(
        self, recorder: Recorder, venues: Mapping[VenueId, Venue], rng: random.Random
    ) -> None:
        self._recorder = recorder
        self._venues = venues
        self._rng = rng
        self._work: asyncio.Queue[tuple[str, OrderId]] = asyncio.Queue()
        self._asking: set[OrderId] = set()
        recorder.tell(self._hear)

    def _hear(self, recorded: Recorded) -> None:
        match recorded.fact:
            case OrderSent(order_id=order_id):
                self._work.put_nowait(("send", order_id))
            case OrderUnknown(order_id=order_id):
                self._ask_about(order_id)
            case _:
                pass

    def _ask_about(self, order_id: OrderId) -> None:
        if order_id not in self._asking:
            self._asking.add(order_id)
            self._work.put_nowait(("ask", order_id))

    async def run(self) -> None:
        """Work the outbox for ever; bounded in flight."""
        for order in self._recorder.state.orders.at_venues():
            if order.state is OrderState.UNKNOWN:  # from before this start
                self._ask_about(order.gated.order_id)
        gate = asyncio.Semaphore(IN_FLIGHT_MAX)
        async with asyncio.TaskGroup() as tasks:
            while True:
                verb, order_id = await self._work.get()
                await gate.acquire()
                job = self._send(order_id) if verb == "send" else self._ask(order_id)
                task = tasks.create_task(job)
                task.add_done_callback(lambda _: gate.release())

    async def _send(self, order_id: OrderId) -> None:
        order = self._recorder.state.orders.orders.get(order_id)
        if order is None or order.state is not OrderState.SENT:
            return  # it was resolved, or became UNKNOWN at a restart: never send now
        gated = order.gated
        venue = self._venues.get(gated.venue)
        if venue is None:
            await self._report(_rejected(gated.venue, order_id))
            return
        intent = OrderToSend(
            order_id=order_id,
            instrument=gated.instrument,
            side=gated.side,
            quantity_lots=gated.quantity_lots,
            price_ticks=gated.price_ticks,
            time_in_force=gated.time_in_force,
        )
        try:
            async with asyncio.timeout(SUBMIT_TIMEOUT_S):
                await venue.submit(intent)
        except (UnreachableError, TimeoutError) as error:
            log.info("order_not_answered", order_id=order_id, venue=gated.venue)
            detail = str(error)[:200] or "no answer in time"
            await self._report(NotAnswered(venue=gated.venue, order_id=order_id, detail=detail))
        except RefusedError as error:
            log.info("order_rejected", order_id=order_id, venue=gated.venue, found=str(error))
            await self._report(_rejected(gated.venue, order_id))

    async def _ask(self, order_id: OrderId) -> None:
        """Ask until the venue tells. Only evidence ends this."""
        loop = asyncio.get_running_loop()
        pause_s, ceiling_s = QUERY_PAUSE_S
        not_found_since: float | None = None
        try:
            while (order := self._recorder.state.orders.orders.get(order_id)) is not None:
                if order.state is not OrderState.UNKNOWN:
                    return
                venue = self._venues.get(order.gated.venue)
                view = await self._query(venue, order_id) if venue else Unknown("no such venue")
                match view:
                    case VenueView():
                        await self._tell_view(order.gated.venue, view)
                        not_found_since = None
                    case NotFound():
                        if not_found_since is None:
                            not_found_since = loop.time()
                        elif loop.time() - not_found_since >= NOT_FOUND_SETTLES_S:
                            event = NotKnown(venue=order.gated.venue, order_id=order_id)
                            await self._report(event)
                    case Unknown():
                        not_found_since = None
                await asyncio.sleep(pause_s * self._rng.uniform(0.5, 1.0))
                pause_s = min(ceiling_s, pause_s * 2)
        finally:
            self._asking.discard(order_id)

    async def _query(self, venue: Venue, order_id: OrderId) -> VenueView | NotFound | Unknown:
        try:
            async with asyncio.timeout(SUBMIT_TIMEOUT_S):
                return await venue.query(order_id)
        except (UnreachableError, RefusedError, TimeoutError) as error:
            return Unknown(str(error))

    async def _tell_view(self, venue: VenueId, view: VenueView) -> None:
        """Turn a view into the events that would have told the same."""
        for fill in view.fills:
            await self._report(fill)
        if view.state == "working":
            await self._report(Acked(venue=venue, order_id=view.order_id))
        else:
            await self._report(
                Finished(
                    venue=venue, order_id=view.order_id, reason=view.state, cum_lots=view.cum_lots
                )
            )

    async def _report(self, event: VenueEvent) -> None:
        await self._recorder.take(Reported(event))


def _rejected(venue: VenueId, order_id: OrderId) -> Finished:
    return Finished(venue=venue, order_id=order_id, reason="rejected", cum_lots=0)
