"""The daemon's composition root: the only place on the box that knows every part.

Order of a start: lock the folder, open the ledger and fold it, follow the centre far enough to
know that this copy is not an old one, and only then append `BootStarted`, follow the venues, and
open the control port. One failed part stops the whole; systemd starts it again from the ledger.
"""

import asyncio
import os
import random
import secrets
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from edgenode import __version__
from edgenode.adapters.clock import MarketClock, WallClock
from edgenode.adapters.venues.http import HttpVenue
from edgenode.core.observations import CentreSaid, DigestDue, Started
from edgenode.core.state.order_ids import TAG_BITS
from edgenode.daemon import offline
from edgenode.daemon.config import Config, VenueConfig
from edgenode.daemon.control.server import ControlServer
from edgenode.daemon.link import CentreLink
from edgenode.daemon.node import EdgeNode, Parts
from edgenode.daemon.notify import notify, watchdog_period_s
from edgenode.daemon.series import Series
from edgenode.daemon.status import Running
from edgenode.model.hlc import Hlc
from edgenode.model.ids import InstrumentId, VenueId
from edgenode.model.venue import BookView
from edgenode.ports import Clock, Venue
from edgenode.services import intake
from edgenode.services.executor import Executor
from edgenode.services.market import MarketBoard, Ticker
from edgenode.services.recorder import Recorder

log = structlog.get_logger()

PUBLISH_S = 0.25


@dataclass(frozen=True, slots=True)
class Options:
    """How the daemon was started."""

    data: Path
    config: Config
    observe: bool = False
    listening: Callable[[str], None] = lambda _: None


async def run(options: Options) -> None:
    """Run until cancelled. Raises what broke."""
    async with AsyncExitStack() as stack:
        daemon = await Daemon.open(options, stack)
        await daemon.serve()


class Daemon:
    """The parts of one running node, wired."""

    def __init__(self, options: Options, opened: offline.Opened) -> None:
        config = options.config
        self.options = options
        self.opened = opened
        self.wall: Clock = WallClock()
        self.market = _market_clock(config, self.wall)
        self.board = MarketBoard()
        self.rng = random.Random(secrets.randbits(64))  # noqa: S311  jitter, guards nothing
        self.recorder = Recorder(
            opened.state,
            opened.store,
            self.board.seen,
            wall=self.wall,
            market=self.market,
            hlc=Hlc(opened.last_hlc),
        )
        self.running = Running(
            pid=os.getpid(),
            mode=opened.mode,
            wall=self.wall,
            market=self.market,
            verified_at_ns=self.wall.now_ns(),
        )
        self.series = Series()
        self.link = CentreLink(opened, config.central, self.rng, self.wall)
        self.venues: dict[VenueId, Venue] = {}
        parts = Parts(
            self.recorder, self.running, self.series, self.link.status, opened.ledger_rows
        )
        self.node = EdgeNode(parts)
        self.executor = Executor(self.recorder, self.venues, self.rng)
        self.board.listeners.append(self._hear_book)

    @classmethod
    async def open(cls, options: Options, stack: AsyncExitStack) -> "Daemon":
        """Open the folder and everything that must be closed again."""
        opened = offline.open_for_writing(options.data)
        stack.callback(opened.close)
        daemon = cls(options, opened)
        for venue in options.config.venues:
            made = _venue(venue)
            stack.push_async_callback(made.close)
            daemon.venues[VenueId(venue.id)] = made
        stack.push_async_callback(daemon.link.close)
        return daemon

    async def serve(self) -> None:
        """Run all parts; ends when one fails or the task is cancelled."""
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(
                ControlServer.started(self.node, self.options.data, self.options.config.control)
            )
            self.running.url = server.url
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.recorder.guard())
                tasks.create_task(self.link.run(self._adopt))
                await self.link.first_hello()
                await self._start()
                if not self.options.observe:
                    tasks.create_task(self.executor.run())
                    tasks.create_task(self._ticker().run())
                for venue in self.venues.values():
                    tasks.create_task(intake.follow(venue, self.recorder))
                    tasks.create_task(self.board.follow(venue))
                tasks.create_task(self._publish())
                tasks.create_task(self._watchdog())
                notify(f"READY=1\nSTATUS=serving {server.url}")
                self.options.listening(server.url)
                log.info("daemon_started", url=server.url, entries=self.opened.state.size)

    async def stop(self) -> None:
        """Write the digest of a clean stop, and wait until all is durable."""
        await self.recorder.observe(DigestDue())

    async def _start(self) -> None:
        tag = secrets.randbits(TAG_BITS)
        started = Started(boot_tag=tag, version=__version__, mode=self.opened.mode)
        await self.recorder.observe(started)

    async def _adopt(self, data: bytes) -> None:
        await self.recorder.observe(CentreSaid(data))

    def _ticker(self) -> Ticker:
        speed = self.options.config.market_time.speed
        return Ticker(self.recorder, self.market, seconds_per_wall_s=speed)

    def _hear_book(self, book: BookView) -> None:
        policy = self.recorder.state.limits.policy
        if policy is None or book.venue != policy.reference_venue:
            return
        instrument = self.recorder.state.limits.instruments.get(book.instrument)
        if instrument is not None:
            scale = 10.0**-instrument.quantity_decimals
            net = self.recorder.state.exposure(instrument.id).net_agreed
            volume = book.volume_lots * scale
            self.series.put(book.published_ns, volume=volume, exposure=net * scale, pnl=None)

    async def _publish(self) -> None:
        """Tell the page a few times a second; it draws no faster."""
        while True:
            await asyncio.sleep(PUBLISH_S)
            head = self.opened.store.head
            if head is not None:
                self.running.root = head.root.hex()
            self.node.publish()

    async def _watchdog(self) -> None:
        """Feed the watchdog only after a step was recorded: a proved ledger write."""
        period_s = watchdog_period_s()
        while period_s is not None:
            await asyncio.sleep(period_s)
            await self.recorder.settled()
            notify("WATCHDOG=1")


def _market_clock(config: Config, wall: Clock) -> Clock:
    timing = config.market_time
    if timing.from_ns == 0:
        return wall
    return MarketClock(timing.from_ns, timing.speed, timing.start_file)


def _venue(config: VenueConfig) -> HttpVenue:
    return HttpVenue(
        venue_id=VenueId(config.id),
        url=config.url,
        account=config.account,
        instrument=InstrumentId(config.instrument),
        deduplicates=config.deduplicates,
    )


def exit_for_certain(code: int) -> None:
    """Leave even where a thread would hold the process back."""
    sys.stdout.flush()
    os._exit(code)


def describe(error: BaseException) -> dict[str, Any]:
    """Give the innermost cause of a task group's failure, for the log."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return {"error": type(error).__name__, "found": str(error)}
