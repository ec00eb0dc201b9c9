"""The core hedge's loop: once per market second, for ever."""

import asyncio

from edgenode.central.centre import Centre
from edgenode.central.feeds import Feeds
from edgenode.central.sync.projector import Projector
from edgenode.model.ids import InstrumentId, NodeId

SECOND_NS = 1_000_000_000


async def work(centre: Centre, projector: Projector, feeds: Feeds, *, speed: int) -> None:
    """Work what is adopted and issue what is due; `speed` market seconds pass per wall second.

    It decides on all that was cosigned when the second began.
    """

    def mid(node: NodeId, instrument: InstrumentId) -> int | None:
        settings = centre.registry.hedges.get((node, instrument))
        return feeds.mid(settings.feed) if settings else None

    while True:
        wait_ns = SECOND_NS - centre.market.now_ns() % SECOND_NS
        await asyncio.sleep(wait_ns / SECOND_NS / speed)
        for node in sorted({node for node, _ in centre.registry.hedges}):
            await projector.caught_up(node)
        await centre.hedge(mid)
