"""Where each venue's numbered stream stands: its epoch, and the cursor of the last snapshot."""

from typing import NamedTuple

from edgenode.model.ids import VenueId


class Stream(NamedTuple):
    """A place in a venue's stream: evidence up to `cursor` of `epoch` is recorded."""

    epoch: str
    cursor: int


Streams = dict[VenueId, Stream]


def canonical(streams: Streams) -> list[list[object]]:
    """Return the streams' content for the digest of the orders part."""
    return [[venue, *stream] for venue, stream in sorted(streams.items())]
