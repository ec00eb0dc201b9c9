"""Feeds of the configuration that have a url: what they tell goes the way of pushed rows.

A message is the body of `POST /api/v1/signals` without what declares the feed, or the rows alone.
"""

import random
from collections.abc import Mapping

import msgspec

from edgenode.daemon.config import DemandFeed
from edgenode.daemon.control.facade import Instant, Seconds, SignalRow, SignalsRequest
from edgenode.daemon.pushing import Pushes
from edgenode.model.errors import RefusedError
from edgenode.ports.clock import Clock
from edgenode.ports.feeds import FeedStream
from edgenode.services.pulling import Pull
from edgenode.wire import foreign

ROWS_MAX = 1_000


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows, and up to when all is told; the feed's name may stand beside them."""

    rows: tuple[SignalRow, ...] = ()
    until: Instant | Seconds | None = None
    feed: str | None = None


def pulls(
    feeds: tuple[DemandFeed, ...],
    streams: Mapping[str, FeedStream],
    pushes: Pushes,
    wall: Clock,
    rng: random.Random,
) -> list[Pull]:
    """Return what pulls each feed that has a stream."""
    return [
        Pull(
            feed.id,
            streams[feed.id],
            _Taker(feed.id, pushes).take,
            silent_s=feed.silent_s,
            wall=wall,
            rng=rng,
        )
        for feed in feeds
        if feed.id in streams
    ]


def read(name: str, text: str) -> SignalsRequest:
    """Return a message as a push; EN002 if it is none, or of another feed."""
    rows_alone = text.lstrip()[:1] == "["
    if rows_alone:
        message = Message(rows=foreign.json_as(text, tuple[SignalRow, ...]))
    else:
        message = foreign.json_as(text, Message)
    if message.feed not in {None, name} or len(message.rows) > ROWS_MAX:
        raise RefusedError(
            f"{len(message.rows)} rows of feed {(message.feed or name)[:64]!r}",
            expected=f"at most {ROWS_MAX} rows of {name}",
            do="let the server of each feed tell of that feed alone, in smaller pieces",
            code="EN002",
        )
    return SignalsRequest(feed=name, rows=message.rows, until=message.until)


class _Taker:
    """What takes the messages of one feed."""

    def __init__(self, name: str, pushes: Pushes) -> None:
        self._name, self._pushes = name, pushes

    async def take(self, text: str) -> None:
        body = read(self._name, text)
        self._pushes.admit()
        await self._pushes.push(body)
