"""Holds each venue's whole view against our books: at a start, at a reconnect, and at intervals.

What a snapshot shows goes the way of all evidence; then the two are compared. What is under way
between the venue and us looks like a difference once and not twice, so a difference is looked at
again before it counts.

A view that cannot be read is told once three tries were in vain: to the node where it is owed (a
start, a restore, a reconnect), which then restricts by name, else to the status alone.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import structlog

from edgenode.core.observations import Difference, NotReconciled, Reconciled, Reported
from edgenode.core.venues.reconciliation import compare, ours, unlisted
from edgenode.model.break_types import FILL_INSTRUMENT
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ids import InstrumentId, OrderId, VenueId
from edgenode.model.venue import LinkChanged, MassStatus, VenueEvent
from edgenode.ports.clock import Clock
from edgenode.ports.venue import Venue
from edgenode.services.recorder import Recorder

log = structlog.get_logger()

EVERY_S = 60.0
SETTLE_S = 2.0  # longer than what a venue tells is usually under way
FOUND_MAX = 120  # characters of what went wrong
RETRY_S = 5.0
SPACING_S = 0.5  # between two looks, however often the link changes
TIMEOUT_S = 5.0
TRIES_TOLD = 3

Look = Callable[[OrderId], None]  # have the venue asked about one order


class Failing(NamedTuple):
    """A venue that could not be reconciled: how often in a row, since when, why the last time."""

    venue: VenueId
    tries: int
    since_ns: int
    found: str


class Reconciler:
    """Reconciles one venue until canceled."""

    def __init__(self, recorder: Recorder, venue: Venue, look: Look, market: Clock) -> None:
        self.failing: Failing | None = None
        self._owed = True
        self._market = market
        self._recorder = recorder
        self._venue = venue
        self._look = look
        self._wanted = asyncio.Event()
        self._names: frozenset[InstrumentId] = frozenset()  # known when the venue was last read

    def hear(self, event: VenueEvent) -> None:
        """Reconcile soon after the venue's events come again, or are not in order."""
        if isinstance(event, LinkChanged) and event.state != "disconnected":
            self._owed = True
            self._wanted.set()

    async def run(self) -> None:
        """Reconcile now, and whenever it is time."""
        while True:
            self._wanted.clear()
            try:
                await self._reconcile()
                self._owed, self.failing, wait_s = False, None, EVERY_S
            except (UnreachableError, RefusedError, TimeoutError) as error:
                log.info("venue_not_reconciled", venue=self._venue.id, found=str(error)[:200])
                await self._failed(error)
                wait_s = RETRY_S
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._wanted.wait()
                    await asyncio.sleep(SPACING_S)

    async def _failed(self, error: Exception) -> None:
        """Count a try in vain; tell the node if the view is owed and was often asked for."""
        before, found = self.failing, str(error)[:FOUND_MAX] or "no answer in time"
        tries = before.tries + 1 if before else 1
        since_ns = before.since_ns if before else self._market.now_ns()
        self.failing = Failing(self._venue.id, tries, since_ns, found)
        if self._owed and tries >= TRIES_TOLD:
            told = NotReconciled(venue=self._venue.id, found=found)
            await self._recorder.take(told)

    async def _reconcile(self) -> None:
        names = frozenset(self._recorder.state.rules.instruments)
        status, found = await self._look_once(whole=self._reads_more(names))
        self._names = names
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

    def _reads_more(self, names: frozenset[InstrumentId]) -> bool:
        """Return whether an execution that could not be read may be of an instrument known now."""
        held = self._recorder.state.breaks.open.values()
        return names != self._names and any(one.type == FILL_INSTRUMENT for one in held)

    def _is_new(self, found: tuple[Difference, ...]) -> bool:
        """Return whether a difference is no break yet: then all executions are read once more."""
        known = {(held.type, held.subject) for held in self._recorder.state.breaks.open.values()}
        return any((one.type, one.subject) not in known for one in found)
