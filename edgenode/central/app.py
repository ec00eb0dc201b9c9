"""The centre's composition root: sync and enrolment over HTTP, the desk's verbs over a socket.

POST /sync/v1      one sync message, signed by a node's ledger key (PROTOCOL.md)
POST /enroll/v1    {"ledger", "ledger_vkey", "code"}: a box claims its node
GET  /healthz      {"live", "unfolded_entries"}: how far the book is behind what is stored
DIR/control.sock   POST /desk {"verb", "args"}, for whoever may open it (0600)
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog
from aiohttp import web

from edgenode.adapters import http_port, unix_socket
from edgenode.adapters.clock import WallClock
from edgenode.adapters.lockstep import LockstepClock, market_clock
from edgenode.adapters.venues.http import HttpVenue
from edgenode.central import core_hedge, folder
from edgenode.central.config import Config, Feed
from edgenode.central.desk.desk import Desk
from edgenode.central.door import CentreDoor, worded
from edgenode.central.feeds import Feeds, Source
from edgenode.model.address import http_url
from edgenode.model.errors import RefusedError
from edgenode.model.ids import InstrumentId, VenueId
from edgenode.wire import foreign, request
from edgenode.wire import message as wire_message
from edgenode.wire.frame import MESSAGE_BYTES_MAX
from edgenode.wire.message import Message, SyncRefusal

log = structlog.get_logger()

Json = dict[str, Any]
BODY_MAX = MESSAGE_BYTES_MAX + 1024
SECOND_NS = 1_000_000_000
PATIENCE_S = 10.0  # of a reader of the book; the client hears something within 30 s
CONTENT_TYPE = "application/vnd.edgenode.sync"
STATUS_OF = {"EN306": 409, "EN303": 422, "EN402": 422, "EN307": 403, "EN004": 413}


@dataclass(frozen=True, slots=True)
class Options:
    """How the centre was started."""

    data: Path
    config: Config
    listening: Callable[[str], None] = lambda _: None


async def run(options: Options, stop: asyncio.Event) -> None:
    """Serve until `stop` is set."""
    wall = WallClock()
    market = market_clock(options.config.market_time, wall)
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(folder.opened(options.data, wall, market))
        feeds = Feeds([_feed(feed, stack) for feed in options.config.feeds], market)
        desk = Desk(opened, feeds, patience_s=PATIENCE_S)
        door = CentreDoor()
        url, kept = await stack.enter_async_context(_serving(opened, desk, options, door))
        options.listening(url)
        log.info("centre_started", url=url, nodes=len(opened.centre.registry.nodes))
        speed = options.config.market_time.speed
        async with asyncio.TaskGroup() as tasks:
            parts = [tasks.create_task(part) for part in (door.guard(), kept(), *feeds.parts())]
            hedge = core_hedge.run(opened.centre, opened.projector, feeds, speed=speed)
            parts.extend(tasks.create_task(part) for part in (hedge, opened.projector.run()))
            if isinstance(market, LockstepClock):
                parts.append(tasks.create_task(_in_step(opened, market, speed)))
            await stop.wait()
            for part in parts:
                part.cancel()


async def _in_step(opened: folder.OpenedCentre, market: LockstepClock, speed: int) -> None:
    """Tell a drill's other processes, each market second, that the book has come so far."""
    while True:
        now = market.now_ns()
        await opened.projector.caught_up()
        market.took(now)
        await asyncio.sleep((SECOND_NS - now % SECOND_NS) / SECOND_NS / speed)


@asynccontextmanager
async def _serving(
    opened: folder.OpenedCentre, desk: Desk, options: Options, door: CentreDoor
) -> AsyncIterator[tuple[str, Callable[[], Coroutine[Any, Any, None]]]]:
    app = web.Application(client_max_size=BODY_MAX, middlewares=[door.handle])
    http_port.acting(app, "POST", "/sync/v1", partial(_sync, opened))
    http_port.acting(app, "POST", "/enroll/v1", partial(_enroll, desk))
    http_port.reading(app, "/healthz", partial(_health, opened))
    local = web.Application(client_max_size=BODY_MAX, middlewares=[door.handle])
    http_port.acting(local, "POST", "/desk", partial(_desk, desk))
    async with AsyncExitStack() as stack:
        runners = []
        for one in (app, local):
            runner = http_port.runner(one)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            runners.append(runner)
        await unix_socket.serve(runners[1], options.data / "control.sock")
        host, port = options.config.host, options.config.port
        try:
            await web.TCPSite(runners[0], host, port).start()
        except OSError as error:
            raise RefusedError(
                f"cannot listen on {host}:{port}: {error.strerror}",
                expected="a free port",
                do="choose another with --port; 0 takes any free one",
                code="EN008",
            ) from error
        kept = partial(unix_socket.kept, runners[1], options.data / "control.sock")
        yield http_url(host, runners[0].addresses[0][1]), kept


async def _sync(opened: folder.OpenedCentre, asked: web.Request) -> web.Response:
    header = asked.headers.get(request.HEADER, "")
    answer: Message | None = opened.server.admit(header, asked.content_length)
    if answer is None:
        answer = await opened.server.answer(header, await asked.read())
    status = STATUS_OF.get(answer.code, 400) if isinstance(answer, SyncRefusal) else 200
    return web.Response(body=wire_message.encode(answer), status=status, content_type=CONTENT_TYPE)


async def _enroll(desk: Desk, asked: web.Request) -> web.Response:
    return await _answered(asked, desk.claim)


async def _desk(desk: Desk, asked: web.Request) -> web.Response:
    async def perform(body: Json) -> Json:
        return await desk.perform(str(body["verb"]), dict(body["args"]))

    return await _answered(asked, perform)


async def _answered(asked: web.Request, perform: Callable[[Json], Any]) -> web.Response:
    """Return what a request with a JSON body leads to, an error as documented."""
    try:
        answer = await perform(foreign.json_as(await asked.read(), dict[str, Any]))
    except RefusedError as error:
        refused = 403 if error.code.startswith("EN5") else 400
        return worded(503 if error.code in {"EN310", "EN404"} else refused, error)
    except (KeyError, ValueError, TypeError) as error:
        return worded(400, _misshapen(error))
    return web.Response(body=msgspec.json.encode(answer), content_type="application/json")


def _misshapen(error: Exception) -> RefusedError:
    missing = isinstance(error, KeyError)
    found = f"there is no field {error}" if missing else f"a field cannot be read: {error}"
    return RefusedError(
        found[:200],
        expected="a JSON object with every documented field, each of its type",
        do="send it again as it is documented; a box sends it by `edgenode enroll`",
        code="EN002",
    )


async def _health(opened: folder.OpenedCentre, _: web.Request) -> web.Response:
    behind = opened.projector.progress().behind
    return web.json_response({"live": True, "unfolded_entries": behind})


def _feed(feed: Feed, stack: AsyncExitStack) -> Source:
    instrument = InstrumentId(feed.instrument)
    venue = HttpVenue(
        venue_id=VenueId(feed.id), url=feed.url, account="core", instrument=instrument
    )
    stack.push_async_callback(venue.close)
    return Source(venue=venue, instrument=instrument, age_ms_max=feed.age_s_max * 1_000)
