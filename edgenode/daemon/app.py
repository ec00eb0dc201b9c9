"""The daemon's composition root: the only place on the box that knows every part.

Order of a start: lock the folder, open the ledger and fold it, follow the centre far enough to
know that this copy is not an old one, and only then append `BootStarted`, follow the venues, and
open the control port. One failed part stops the whole; systemd starts it again from the ledger.
"""

import asyncio
import os
import random
import secrets
import shutil
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from edgenode import __version__
from edgenode.adapters.clock import WallClock, market_clock
from edgenode.adapters.venues.http import HttpVenue
from edgenode.core.observations import CentreSaid, DigestDue, Started, StateAsked
from edgenode.core.state.order_ids import TAG_BITS
from edgenode.daemon import folder, offline, retention
from edgenode.daemon.config import Config, VenueConfig
from edgenode.daemon.control.server import ControlServer
from edgenode.daemon.link import CentreLink
from edgenode.daemon.node import EdgeNode, Parts
from edgenode.daemon.notify import notify, watchdog_period_s
from edgenode.daemon.series import Series
from edgenode.daemon.status import Running
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.hlc import Hlc
from edgenode.model.ids import Actor, InstrumentId, VenueId
from edgenode.model.venue import BookView
from edgenode.ports import Clock, Venue
from edgenode.services import intake, last_cancel, space
from edgenode.services.executor import Executor
from edgenode.services.market import MarketBoard, Ticker
from edgenode.services.recorder import Recorder

log = structlog.get_logger()

PUBLISH_S = 0.25
ANCHOR_S = 600.0
RETAIN_S = 600.0
DRAIN_S = 10.0
RULE_SYNC = Actor("rule:sync")


@dataclass(frozen=True, slots=True)
class Options:
    """How the daemon was started."""

    data: Path
    config: Config
    observe: bool = False
    listening: Callable[[str], None] = lambda _: None


async def run(options: Options, stop: asyncio.Event) -> None:
    """Run until `stop` is set. Raises what broke."""
    async with AsyncExitStack() as stack:
        daemon = await Daemon.open(options, stack)
        await daemon.serve(stop)


class Daemon:
    """The parts of one running node, wired."""

    def __init__(self, options: Options, opened: folder.Opened) -> None:
        config = options.config
        self.options = options
        self.opened = opened
        self.wall: Clock = WallClock()
        self.market = market_clock(config.market_time, self.wall)
        self.board = MarketBoard()
        self.rng = random.Random(secrets.randbits(64))  # noqa: S311  jitter, guards nothing
        self.hlc = Hlc(opened.last_hlc)
        self.recorder = Recorder(
            opened.state,
            opened.store,
            self.board.seen,
            wall=self.wall,
            market=self.market,
            hlc=self.hlc,
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
        self._started = asyncio.Event()
        self.venues: dict[VenueId, Venue] = {}
        parts = Parts(
            self.recorder, self.running, self.series, self.link.status, self._ledger_rows
        )
        self.node = EdgeNode(parts)
        self.executor = Executor(self.recorder, self.venues, self.rng)
        self.board.listeners.append(self._hear_book)

    @classmethod
    async def open(cls, options: Options, stack: AsyncExitStack) -> "Daemon":
        """Open the folder and everything that must be closed again."""
        opened = folder.open_for_writing(options.data)
        stack.callback(opened.close)
        daemon = cls(options, opened)
        for venue in options.config.venues:
            made = _venue(venue)
            stack.push_async_callback(made.close)
            daemon.venues[VenueId(venue.id)] = made
        stack.push_async_callback(daemon.link.close)
        await daemon.link.open()
        return daemon

    async def serve(self, stop: asyncio.Event) -> None:
        """Run all parts; ends when one fails or `stop` is set."""
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(
                ControlServer.started(self.node, self.options.data, self.options.config.control)
            )
            self.running.url = server.url
            try:
                await self._run(server.url, stop)
            except* InvariantBrokenError:
                # The ledger can no longer be trusted to take anything: cancel, then end.
                open_orders = self.recorder.state.orders.at_venues()
                names = [(o.gated.venue, o.gated.order_id) for o in open_orders]
                await last_cancel.cancel_open(self.venues, names)
                raise

    async def _run(self, url: str, stop: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            linked = [tasks.create_task(part) for part in self._linked()]
            await self.link.first_hello()
            await self._start()
            trading = [tasks.create_task(part) for part in self._trading()]
            notify(f"READY=1\nSTATUS=serving {url}")
            self.options.listening(url)
            log.info("daemon_started", url=url, entries=self.opened.state.size)
            await stop.wait()
            await _end(trading)
            await self._stop()
            await _end(linked)

    def _linked(self) -> list[Coroutine[Any, Any, None]]:
        """Give what runs from the first moment."""
        return [self.recorder.guard(), self.link.run(self._adopt), self._publish()]

    def _trading(self) -> list[Coroutine[Any, Any, None]]:
        """Give what runs once this copy is known to be the node."""
        parts = [self._watchdog(), self._anchor(), self._space(), self._retain()]
        for venue in self.venues.values():
            parts += [intake.follow(venue, self.recorder), self.board.follow(venue)]
        if not self.options.observe:
            parts += [self.executor.run(), self._ticker().run()]
        return parts

    async def _stop(self) -> None:
        """Write the digest of a clean stop, and give the centre a moment to cosign it."""
        await self.recorder.observe(DigestDue())
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S):
                await self.link.drained()
        self.opened.write_anchor()

    async def _start(self) -> None:
        self.hlc.last = max(
            self.hlc.last, self.opened.last_hlc
        )  # entries may have been taken back
        tag = secrets.randbits(TAG_BITS)
        started = Started(boot_tag=tag, version=__version__, mode=self.opened.mode)
        await self.recorder.observe(started)
        if self.link.took_back:
            why = "restored from an old copy: reconcile every venue, then resume"
            asked = StateAsked(scope="node", state="reducing", reason=why, actor=RULE_SYNC)
            await self.recorder.observe(asked)
        self.opened.write_anchor()
        await self.link.adopt_held(self.link.adopted(), self._record_adopted)
        self._started.set()

    async def _adopt(self, data: bytes) -> None:
        """Adopt what the centre says, in order, once this start may append."""
        await self._started.wait()
        await self._record_adopted(data)

    async def _record_adopted(self, data: bytes) -> None:
        await self.recorder.observe(CentreSaid(data))

    def _ledger_rows(self, after: int, limit: int) -> list[dict[str, Any]]:
        store = self.opened.store
        return [offline.row(store.ledger, sealed) for sealed in store.read(after, limit)]

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

    async def _anchor(self) -> None:
        """Note at times how far the ledger has come, where a restore does not reach."""
        while True:
            await asyncio.sleep(ANCHOR_S)
            self.opened.write_anchor()

    async def _retain(self) -> None:
        """Drop at times what the archive and the centre hold, down to what is to be kept."""
        wanted = self.options.config.ledger
        while True:
            if wanted.segments_kept is not None:
                oldest = retention.oldest_open(self.opened)
                await self.recorder.settled()  # what has ended since then has ended durably
                policy = retention.Policy(wanted.segments_kept, wanted.keep_days)
                found = retention.drop(self.opened, policy, oldest, self.wall.now_ns())
                if found.drop:
                    log.info("segments_dropped", cut=found.drop[-1].last)
            if self.opened.store.trouble:
                log.warning("segment_not_sealed", found=self.opened.store.trouble)
            await asyncio.sleep(RETAIN_S)

    def _space(self) -> Coroutine[Any, Any, None]:
        disk, data = self.options.config.disk, self.options.data
        return space.watch(
            self.recorder,
            lambda: shutil.disk_usage(data).free,
            reducing_below=disk.reducing_below * space.MIB,
            halted_below=disk.halted_below * space.MIB,
        )

    async def _watchdog(self) -> None:
        """Feed the watchdog only after a step was recorded: a proved ledger write."""
        period_s = watchdog_period_s()
        while period_s is not None:
            await asyncio.sleep(period_s)
            await self.recorder.settled()
            notify("WATCHDOG=1")


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def _venue(config: VenueConfig) -> HttpVenue:
    return HttpVenue(
        venue_id=VenueId(config.id),
        url=config.url,
        account=config.account,
        instrument=InstrumentId(config.instrument),
        deduplicates=config.deduplicates,
    )
