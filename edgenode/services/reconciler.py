"""Holds each venue's whole view against our books: at a start, at a reconnect, and at intervals.

What a snapshot shows goes the way of all evidence; then the two are compared. What is under way
between the venue and us looks like a difference once and not twice, so a difference is looked at
again before it counts.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import structlog

from edgenode.core.observations import Difference, Reconciled, Reported
from edgenode.core.venues.reconciliation import compare, ours, unlisted
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ids import OrderId
from edgenode.model.venue import LinkChanged, MassStatus, VenueEvent
from edgenode.ports.venue import Venue
from edgenode.services.recorder import Recorder

log = structlog.get_logger()

EVERY_S = 60.0
SETTLE_S = 2.0  # longer than what a venue tells is usually under way
RETRY_S = 5.0
SPACING_S = 0.5  # between two looks, however often the link changes
TIMEOUT_S = 5.0

Look = Callable[[OrderId], None]  # have the venue asked about one order


class Reconciler:
    """Reconciles one venue until canceled."""

    def __init__(self, recorder: Recorder, venue: Venue, look: Look) -> None:
        self._recorder = recorder
        self._venue = venue
        self._look = look
        self._wanted = asyncio.Event()

    def hear(self, event: VenueEvent) -> None:
        """Reconcile soon after the venue's events come again, or are not in order."""
        if isinstance(event, LinkChanged) and event.state != "disconnected":
            self._wanted.set()

    async def run(self) -> None:
        """Reconcile now, and whenever it is time."""
        while True:
            self._wanted.clear()
            try:
                await self._reconcile()
                wait_s = EVERY_S
            except (UnreachableError, RefusedError, TimeoutError) as error:
                log.info("venue_not_reconciled", venue=self._venue.id, found=str(error)[:200])
                wait_s = RETRY_S
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wanted.wait()
                    await asyncio.sleep(SPACING_S)

    async def _reconcile(self) -> None:
        status, found = await self._look_once()
        began_anew = status.began_anew
        lasting: tuple[Difference, ...] = ()
        if found:
            await asyncio.sleep(SETTLE_S)
            status, again = await self._look_once(whole=self._is_new(found))
            lasting, found = tuple(one for one in again if one in found), again
            began_anew |= status.began_anew
        state = self._recorder.state
        for order_id in ours(state, status) if began_anew else unlisted(state, status):
            self._look(order_id)
        status = replace(status, began_anew=began_anew)
        await self._recorder.take(
            Reconciled(venue=self._venue.id, differences=found, lasting=lasting, status=status)
        )

    async def _look_once(
        self, *, whole: bool = False
    ) -> tuple[MassStatus, tuple[Difference, ...]]:
        async with asyncio.timeout(TIMEOUT_S):
            status = await self._venue.snapshot(whole=whole)
        for evidence in status.fills:
            await self._recorder.take(Reported(evidence))
            await asyncio.sleep(0)  # there may be very many
        return status, compare(self._recorder.state, status)

    def _is_new(self, found: tuple[Difference, ...]) -> bool:
        """Return whether a difference is no break yet: then all executions are read once more."""
        known = {(held.type, held.subject) for held in self._recorder.state.breaks.open.values()}
        return any((one.type, one.subject) not in known for one in found)
