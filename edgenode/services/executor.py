"""From durable intents to venues, and from silence to evidence.

`OrderSent` is durable before `submit` is called, `CancelSent` before `cancel`. No clear answer
makes the order UNKNOWN; then the venue is asked until it tells (services/inquiry). No order is
ever sent twice; a cancel is repeated until the order has ended. No venue waits for another.
"""

import asyncio
import random
from collections.abc import Mapping

import structlog

from edgenode.core.node import Recorded
from edgenode.core.observations import Reported
from edgenode.core.past import order_name
from edgenode.model import break_types
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.facts import (
    BreakOpened,
    CancelSent,
    OrderGated,
    OrderReopened,
    OrderSent,
    OrderUnknown,
)
from edgenode.model.ids import OrderId, VenueId
from edgenode.model.orders import OrderState
from edgenode.model.venue import (
    Acked,
    Finished,
    NotAnswered,
    NotSent,
    OrderToSend,
    VenueEvent,
    VenueView,
)
from edgenode.ports.venue import Venue
from edgenode.services.inquiry import ANSWER_TIMEOUT_S, Inquiry
from edgenode.services.recorder import Recorder

log = structlog.get_logger()

IN_FLIGHT_MAX = 16  # to one venue


class Executor:
    """Sends what is durable; asks about what is unknown."""

    def __init__(
        self, recorder: Recorder, venues: Mapping[VenueId, Venue], rng: random.Random
    ) -> None:
        self._recorder = recorder
        self._venues = venues
        self._rng = rng
        self._work: asyncio.Queue[tuple[str, OrderId]] = asyncio.Queue()
        self._inquiries: dict[VenueId, Inquiry] = {}
        self._gates: dict[VenueId, asyncio.Semaphore] = {}
        recorder.tell(self._hear)

    def _hear(self, recorded: Recorded) -> None:
        match recorded.fact:
            case OrderSent(order_id=order_id):
                self._work.put_nowait(("send", order_id))
            case CancelSent(order_id=order_id):
                self._work.put_nowait(("cancel", order_id))
            case OrderUnknown(order_id=order_id) | OrderReopened(order_id=order_id):
                self._work.put_nowait(("ask", order_id))
            case BreakOpened(type=break_types.CUM_QUANTITY, subject=subject):
                self.look(OrderId(subject))
            case BreakOpened(type=break_types.OPEN_ORDER, subject=subject):
                self.look(OrderId(subject.partition("/")[2]))
            case _:
                pass

    def look(self, order_id: OrderId) -> None:
        """Ask the venue about an order until it answers clearly."""
        self._work.put_nowait(("look", order_id))

    def _cancel_again(self, order_id: OrderId) -> None:
        self._work.put_nowait(("cancel", order_id))

    async def run(self) -> None:
        """Work the outbox until canceled; bounded in flight at each venue."""
        self._resume()
        async with asyncio.TaskGroup() as tasks:
            while True:
                verb, order_id = await self._work.get()
                gated = self._gated(order_id)
                if gated is None:
                    continue
                if gated.venue not in self._gates:
                    self._gates[gated.venue] = asyncio.Semaphore(IN_FLIGHT_MAX)
                    tasks.create_task(self._inquiry(gated.venue).run())
                match verb:
                    case "send":
                        tasks.create_task(self._send(gated))
                    case "cancel":
                        tasks.create_task(self._cancel(gated))
                    case "ask":
                        self._inquiry(gated.venue).about(order_id)
                    case _:
                        self._inquiry(gated.venue).once(order_id)

    def _resume(self) -> None:
        """Take up what was open before this start."""
        state = self._recorder.state
        for order in state.orders.at_venues():
            if order.cancel_sent:
                self._work.put_nowait(("cancel", order.gated.order_id))
            elif order.state is OrderState.UNKNOWN:
                self._work.put_nowait(("ask", order.gated.order_id))
        for found in state.breaks.open.values():
            if found.type == break_types.CUM_QUANTITY:
                self.look(OrderId(found.subject))

    def _gated(self, order_id: OrderId) -> OrderGated | None:
        """Return an order of ours, also where it has left the state."""
        order = self._recorder.state.orders.orders.get(order_id)
        if order is not None:
            return order.gated
        found = self._recorder.recall(order_name(order_id))
        return found.fact if found and isinstance(found.fact, OrderGated) else None

    def _inquiry(self, venue: VenueId) -> Inquiry:
        if venue not in self._inquiries:
            made = Inquiry(
                self._recorder, venue, self._venues.get(venue), self._rng, self._cancel_again
            )
            self._inquiries[venue] = made
        return self._inquiries[venue]

    async def _send(self, gated: OrderGated) -> None:
        async with self._gates[gated.venue]:
            order = self._recorder.state.orders.orders.get(gated.order_id)
            if order is None or order.state is not OrderState.SENT:
                return  # it was resolved, or became UNKNOWN at a restart: never send now
            await self._report(await self._submitted(gated))

    async def _submitted(self, gated: OrderGated) -> VenueEvent | None:
        """Send an order, once; returns what the answer says of it, None if nothing."""
        order_id, venue = gated.order_id, self._venues.get(gated.venue)
        if venue is None:
            return NotSent(venue=gated.venue, order_id=order_id, detail="no such venue here")
        intent = OrderToSend(
            order_id=order_id,
            instrument=gated.instrument,
            side=gated.side,
            quantity_lots=gated.quantity_lots,
            price_ticks=gated.price_ticks,
            time_in_force=gated.time_in_force,
        )
        try:
            # Power lost from here on: the venue has it or not. The next start makes it UNKNOWN
            # (core/life) and asks; it is never sent again.
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                view = await venue.submit(intent)
        except (UnreachableError, RefusedError, TimeoutError) as error:
            log.info("order_not_answered", order_id=order_id, venue=gated.venue)
            detail = str(error)[:200] or "no answer in time"
            return NotAnswered(venue=gated.venue, order_id=order_id, detail=detail)
        return None if view is None else _told(gated, view)

    async def _cancel(self, gated: OrderGated) -> None:
        """Ask for a cancel, and then what became of the order.

        The inquiry has it repeated while the order may live: a cancel that overtook its submit, or
        was lost, or is not known to the venue, has ended nothing.
        """
        order_id, venue = gated.order_id, self._venues.get(gated.venue)
        if venue is not None and self._works(order_id):
            try:
                # Power lost from here on: the state says `cancel_sent`; the next start repeats it.
                async with self._gates[gated.venue], asyncio.timeout(ANSWER_TIMEOUT_S):
                    await venue.cancel(order_id)
            except (UnreachableError, RefusedError, TimeoutError) as error:
                found = str(error)[:200] or "no answer in time"
                log.info("cancel_not_taken", order_id=order_id, venue=gated.venue, found=found)
        self._inquiry(gated.venue).canceled(order_id)

    def _works(self, order_id: OrderId) -> bool:
        order = self._recorder.state.orders.orders.get(order_id)
        return order is not None and order.state is not OrderState.DONE

    async def _report(self, event: VenueEvent | None) -> None:
        if event is not None:
            await self._recorder.take(Reported(event))


def _told(gated: OrderGated, view: VenueView) -> VenueEvent:
    """Return the answer to a submit as an event: refused in the venue's own words, or received.

    What it executed comes with its executions, by stream or by question.
    """
    if view.state != "rejected":
        return Acked(venue=gated.venue, order_id=gated.order_id)
    log.info("order_rejected", order_id=gated.order_id, venue=gated.venue)
    return Finished(
        venue=gated.venue, order_id=gated.order_id, reason=view.state, cum_lots=view.cum_lots
    )
