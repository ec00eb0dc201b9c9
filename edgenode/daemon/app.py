"""The daemon's composition root: the only place on the box that knows every technology.

Lock the folder, open the ledger and fold it, open what reaches the world, open the control port,
and let the box run (daemon/box).
"""

import asyncio
import os
import random
import secrets
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edgenode.adapters.clock import BootClock, WallClock
from edgenode.adapters.lockstep import market_clock, taker
from edgenode.adapters.mirrors.sqlite import Mirrors
from edgenode.adapters.sync.http import HttpCentre
from edgenode.adapters.venues.http import HttpVenue
from edgenode.daemon import listening, observer, offline_events, retention
from edgenode.daemon.box import Box, World
from edgenode.daemon.config import Config, VenueConfig
from edgenode.daemon.control.server import ControlServer
from edgenode.daemon.folder import folder
from edgenode.daemon.folder.pinned import Pinned
from edgenode.daemon.folder.stop_note import StopNote
from edgenode.daemon.link import CentreLink
from edgenode.daemon.notify import notify, watchdog_period_s
from edgenode.daemon.reload import Reload
from edgenode.daemon.view.status import LinkStatus
from edgenode.model.ids import InstrumentId, VenueId
from edgenode.ports.clock import Clock
from edgenode.ports.log import Lost
from edgenode.ports.venue import Venue


@dataclass(frozen=True, slots=True)
class Options:
    """How the daemon was started."""

    data: Path
    config: Config
    reload: Reload
    observe: bool = False
    listening: Callable[[str], None] = lambda _: None
    lost: Callable[[], Lost] = Lost


async def run(options: Options, stop: asyncio.Event) -> LinkStatus:
    """Run until `stop` is set; returns the link as it was then. Raises what broke."""
    note = StopNote(options.data)
    with note.watching(WallClock()):
        return await _run(options, stop, note)


async def _run(options: Options, stop: asyncio.Event, note: StopNote) -> LinkStatus:
    async with AsyncExitStack() as stack:
        opened = folder.open_for_writing(options.data)
        stack.callback(opened.close)
        world = await _world(options, opened, stack)
        box = Box(opened, options.config, world)
        server = await stack.enter_async_context(
            ControlServer.started(box.node, options.data, options.config.control)
        )
        box.running.url = server.url

        def trades() -> None:
            note.clear()
            options.listening(server.url)

        record = observer.unrecorded if options.observe else box.recorder.observe
        async with asyncio.TaskGroup() as tasks:
            again = tasks.create_task(options.reload.run(server, record))
            kept = tasks.create_task(server.kept())
            if options.observe:
                await observer.watch(box, stop, lambda: options.listening(server.url))
            else:
                await box.run(stop, trades)
            again.cancel()
            kept.cancel()
        return world.link.status()


async def _world(options: Options, opened: folder.OpenedNode, stack: AsyncExitStack) -> World:
    """Open everything that reaches outside, and must be closed again."""
    config, wall = options.config, WallClock()
    venues: dict[VenueId, Venue] = {}
    for settings in config.venues:
        venue = _venue(settings)
        stack.push_async_callback(venue.close)
        venues[venue.id] = venue
    bars, problems = (None, []) if options.observe else listening.table_of(options.data)
    if bars is not None:
        stack.callback(bars.close)
    rng = random.Random(secrets.randbits(64))  # noqa: S311  jitter, guards nothing
    market = market_clock(config.market_time, wall)
    return World(
        wall=wall,
        market=market,
        rng=rng,
        bits=secrets.randbits,
        venues=venues,
        link=await _link(options, opened, rng, wall, stack),
        free_bytes=lambda: shutil.disk_usage(options.data).free,
        bars=bars,
        feeds={} if bars is None else listening.streams_of(config),
        pid=os.getpid(),
        beside=lambda recorder: retention.keep(
            options.data, opened, recorder, options.config.ledger, wall
        ),
        notify=notify,
        lost=options.lost,
        beside_fold=lambda: [*options.reload.problems(), *problems],
        alive_s=watchdog_period_s(),
        took=taker(market),
        event_report=partial(offline_events.report_of, options.data),
    )


async def _link(
    options: Options,
    opened: folder.OpenedNode,
    rng: random.Random,
    wall: Clock,
    stack: AsyncExitStack,
) -> CentreLink:
    settings = options.config.central
    pinned = Pinned.read(options.data, opened.store.ledger)
    if pinned is None or options.observe:
        return CentreLink(opened, settings)
    mirrors = await Mirrors.open(options.data / "peers.sqlite")
    stack.push_async_callback(mirrors.close)
    peer = HttpCentre(settings.url or pinned.url, opened.store.ledger, opened.signer)
    stack.push_async_callback(peer.close)
    return await CentreLink.to(
        opened, settings, pinned.centre, mirrors, peer, rng, wall, BootClock()
    )


def _venue(config: VenueConfig) -> HttpVenue:
    return HttpVenue(
        venue_id=VenueId(config.id),
        url=config.url,
        account=config.account,
        instrument=InstrumentId(config.instrument),
        deduplicates=config.deduplicates,
    )
