"""The one thing that may precede durability: when the ledger fails, cancel what is open, then end.

Nothing is recorded and nothing is decided. At the next start every such order is UNKNOWN, and the
venue tells what became of it.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress

import structlog

from edgenode.model.errors import EdgenodeError
from edgenode.model.ids import OrderId, VenueId
from edgenode.ports.venue import Venue

log = structlog.get_logger()

WITHIN_S = 2.0


async def cancel_open(
    venues: Mapping[VenueId, Venue],
    orders: Iterable[tuple[VenueId, OrderId]],
    within_s: float = WITHIN_S,
) -> int:
    """Ask every venue to cancel, all at once and once each; returns how many were told in time."""
    told = 0

    async def tell(venue: Venue, order_id: OrderId) -> None:
        nonlocal told
        with suppress(EdgenodeError):
            await venue.cancel(order_id)
            told += 1

    with suppress(TimeoutError):
        async with asyncio.timeout(within_s), asyncio.TaskGroup() as tasks:
            # Power lost in here: some were told. The next start makes every one UNKNOWN and asks.
            for venue_id, order_id in orders:
                if venue_id in venues:
                    tasks.create_task(tell(venues[venue_id], order_id))
    log.critical("open_orders_canceled", told=told)
    return told
