"""What venues say, into the ledger. Full means wait: the venue slows, nothing is dropped."""

from collections.abc import Callable

import structlog

from edgenode.core.observations import Reported
from edgenode.model.errors import RefusedError
from edgenode.model.venue import LinkChanged, VenueEvent
from edgenode.ports.venue import Venue
from edgenode.services.recorder import Recorder

log = structlog.get_logger()


async def follow(
    venue: Venue, recorder: Recorder, heard: Callable[[VenueEvent], None] = lambda _: None
) -> None:
    """Record a venue's events until canceled, in the order in which it tells them; then `heard`.

    The ledger's bounded room is the only queue: while it is full, nothing more is read.
    """
    async for event in venue.events():
        if isinstance(event, LinkChanged):
            log.info("venue_link_changed", venue=event.venue, state=event.state)
        try:
            await recorder.take(Reported(event))
        except RefusedError as error:
            log.warning("venue_event_refused", venue=venue.id, code=error.code, found=error.found)
        heard(event)
