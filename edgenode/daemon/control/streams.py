"""Server-sent events: the node's status, shaped for whoever listens, until the reader is gone."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
from aiohttp import hdrs, web

from edgenode.daemon.control.facade import Feed, Json, NodeReads
from edgenode.daemon.control.protect import HEADERS

HEARTBEAT_S = 2.0
Shape = Callable[[Json], tuple[str, Any]]


def as_status(status: Json) -> tuple[str, Json]:
    """Return an event that holds the whole status."""
    return "status", status


async def stream(request: web.Request, node: NodeReads, shape: Shape) -> web.StreamResponse:
    """Send an event whenever the status changes; its id is the ledger's seq.

    The answer to a HEAD ends with its headers.
    """
    response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
    await response.prepare(request)
    if request.method == hdrs.METH_HEAD:
        return response
    with suppress(ConnectionResetError):  # the reader went away
        async with node.subscribe() as feed:
            while True:
                await response.write(await _event(feed, shape))
    return response


async def _event(feed: Feed, shape: Shape) -> bytes:
    """Wait for the next update, or for a beat that shows a dead reader."""
    try:
        async with asyncio.timeout(HEARTBEAT_S):
            _, seq, status = await feed.get()
    except TimeoutError:
        return b"event: beat\ndata: {}\n\n"
    name, data = shape(status)
    body = msgspec.json.encode(data)
    return b"event: %s\nid: %d\ndata: %s\n\n" % (name.encode(), seq, body)
