"""The running node, wired from ports alone: the same on the appliance and in the simulator.

Order of a start: follow the centre far enough to know that this copy is not an old one, and only
then append `BootStarted`, follow the venues and trade. One failed part stops the whole; whoever
started it starts it again, from the ledger.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from edgenode import __version__
from edgenode.core.estimate.events.detector import Alarm
from edgenode.core.node import Recorded
from edgenode.core.observations import (
    CalendarRead,
    CentreAllows,
    CentreSaid,
    DigestDue,
    Started,
    SurgeFound,
    VolumesAhead,
)
from edgenode.core.seen import reference_age_ms
from edgenode.core.state.order_ids import TAG_BITS
from edgenode.core.sync.table import SyncVerdict
from edgenode.daemon import listening
from edgenode.daemon.config import Config
from edgenode.daemon.folder.folder import OpenedNode
from edgenode.daemon.link import CentreLink
from edgenode.daemon.page.series import Series
from edgenode.daemon.reading import Parts
from edgenode.daemon.served import ServedNode
from edgenode.daemon.view import signals as signals_view
from edgenode.daemon.view import sizing as sizing_view
from edgenode.daemon.view import venues
from edgenode.daemon.view.signals import Heard
from edgenode.daemon.view.status import Running
from edgenode.model.errors import InvariantBrokenError
from edgenode.model.facts import Adopted, FillRecorded
from edgenode.model.hlc import Hlc
from edgenode.model.ids import VenueId
from edgenode.model.signals import Source
from edgenode.model.venue import BookView
from edgenode.ports.bars import BarStore
from edgenode.ports.clock import Clock
from edgenode.ports.feeds import FeedStream
from edgenode.ports.log import Lost
from edgenode.ports.venue import Venue
from edgenode.services import intake, last_cancel, space
from edgenode.services.executor import Executor
from edgenode.services.market import MarketBoard, Ticker
from edgenode.services.reconciler import Reconciler
from edgenode.services.recorder import Recorder, StoppingError
from edgenode.wire import export_row

log = structlog.get_logger()

PUBLISH_S = 0.25
SECOND_NS = 1_000_000_000
TIMES_MAX = 1_000_000  # thousandths of the usual that a surge is told as at most
ANCHOR_S = 600.0
IN_PLACE_S = 1.0  # how soon a ledger that is gone is noticed where nothing is recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What surrounds a box; chosen once, by a composition root.

    `bits` draws secrets (boot tags), `rng` jitter; `beside` runs while the box trades. `notify`
    speaks to the service manager, which wants a sign of life every `alive_s` unless that is None.
    """

    wall: Clock
    market: Clock
    rng: random.Random
    bits: Callable[[int], int]
    venues: Mapping[VenueId, Venue]
    link: CentreLink
    free_bytes: Callable[[], int]
    bars: BarStore | None = None  # where signals are kept; None: they are not
    feeds: Mapping[str, FeedStream] = field(default_factory=dict)  # servers of feeds, by name
    beside: Callable[[Recorder], Coroutine[Any, Any, None]] | None = None
    pid: int = 0
    lost: Callable[[], Lost] = Lost
    beside_fold: Callable[[], list[dict[str, Any]]] = list
    notify: Callable[[str], object] = lambda _: None
    alive_s: float | None = None
    took: Callable[[int], None] = lambda _: None  # hears of each market time that was taken
    event_report: Callable[[str], dict[str, Any]] | None = None  # of what is durable, in a thread


class Box:
    """The parts of one running node."""

    def __init__(self, opened: OpenedNode, config: Config, world: World) -> None:
        self.opened = opened
        self.config = config
        self.world = world
        self.board = MarketBoard(world.market)
        self.hlc = Hlc(opened.last_hlc)
        self.recorder = Recorder(
            opened.state,
            opened.store,
            self.board.seen,
            wall=world.wall,
            market=world.market,
            hlc=self.hlc,
        )
        self.running = Running(
            pid=world.pid,
            mode=opened.mode,
            wall=world.wall,
            market=world.market,
            verified_at_ns=world.wall.now_ns(),
            verified_from=opened.proved_from,
            root=self._root,
            lost=world.lost,
            beside_fold=self._beside_fold,
            fingerprint=opened.signer.vkey.fingerprint,
        )
        self._reconcilers: list[Reconciler] = []
        self.series = Series()
        self._started = asyncio.Event()
        self._ruled = asyncio.Event()  # a policy was adopted, ever
        self.recorder.tell(self._hear)
        self._hear()
        self.heard = self._listening()
        parts = Parts(
            self.recorder,
            self.running,
            self.series,
            world.link.status,
            self._ledger_rows,
            self.heard,
            world.event_report,
        )
        self.node = ServedNode(parts)
        self.executor = Executor(self.recorder, world.venues, world.rng)
        self.board.listeners.append(self._hear_book)

    def _listening(self) -> Heard | None:
        """Return what keeps bars and forecasts, where there is a table for them."""
        if self.world.bars is None:
            return None
        rules = lambda: self.recorder.state.rules  # noqa: E731
        world = self.world
        pulled = listening.Pulled(world.feeds, world.wall, world.rng)
        heard = listening.heard(self.world.bars, self.config, world.market, rules, pulled)
        self.board.listeners.append(heard.signals.sources.hear_book)
        heard.signals.surged = self._note_surge
        heard.signals.learned = self._note_ahead
        if heard.calendar is not None:
            heard.calendar.now_s = heard.signals.sources.now_s
            heard.calendar.tell = self._note_event
        return heard

    async def _note_surge(self, source: Source, alarm: Alarm) -> None:
        times = min(round(alarm.times * 1_000), TIMES_MAX)
        await self._note_event(
            SurgeFound(
                instrument=source.instrument,
                source=source.id,
                at_ns=alarm.at_s * SECOND_NS,
                times_milli=times,
            )
        )

    async def _note_ahead(self) -> None:
        """Let what may be short be asked for; nothing is known where no forecast is warm."""
        assert self.heard is not None, "its signals were heard"
        now_ns = self.world.market.now_ns()
        lots = sizing_view.ahead(self.recorder.state, self.heard.signals, now_ns)
        if lots:
            await self._note_event(VolumesAhead(lots))

    async def _note_event(self, told: CalendarRead | SurgeFound | VolumesAhead) -> None:
        """Record what begins; a node that stops is told again at its next start."""
        with suppress(StoppingError):
            await self.recorder.observe(told)

    async def run(self, stop: asyncio.Event, started: Callable[[], None]) -> None:
        """Run all parts; ends when one fails or `stop` is set. `started` once it trades."""
        try:
            await self._run(stop, started)
        except* InvariantBrokenError:
            # The ledger can no longer be trusted to take anything: cancel, then end.
            open_orders = self.recorder.state.orders.at_venues()
            names = [(o.gated.venue, o.gated.order_id) for o in open_orders]
            await last_cancel.cancel_open(self.world.venues, names)
            raise

    async def _run(self, stop: asyncio.Event, started: Callable[[], None]) -> None:
        async with asyncio.TaskGroup() as tasks:
            linked = [tasks.create_task(part) for part in self._linked()]
            if not await _ended_before(stop, self._begin(), tasks):
                if self.recorder.begun:  # orders that waited came behind its first step
                    await self._stop()
                await _end(linked)
                return
            trading = [tasks.create_task(part) for part in self._trading()]
            self.world.notify(f"READY=1\nSTATUS=serving {self.running.url}")
            started()
            log.info("daemon_started", url=self.running.url, entries=self.opened.state.size)
            await stop.wait()
            await _end(trading)
            await self._stop()
            await _end(linked)

    def _linked(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs from the first moment."""
        link = self.world.link.run(self._adopt, self._heed)
        return [self.recorder.guard(), link, self.publish()]

    def _trading(self) -> list[Coroutine[Any, Any, None]]:
        """Return what runs once this copy is known to be the node."""
        parts = [self._watchdog(), self._anchor(), self._space(), self._in_place()]
        for venue in self.world.venues.values():
            reconciler = Reconciler(self.recorder, venue, self.executor.look, self.world.market)
            self._reconcilers.append(reconciler)
            parts += [self._read(venue, reconciler), self.board.follow(venue)]
        if self.heard is not None:
            parts += self.heard.parts(self.config.market_time.speed)
        if self.world.beside is not None:
            parts.append(self.world.beside(self.recorder))
        return [*parts, self._execute(), self._ticker().run()]

    async def _execute(self) -> None:
        """Work the outbox; like all reading of venues it waits for the first policy.

        An order that an older ledger left open is asked about once all its executions are carried.
        """
        await self._ruled.wait()
        await self.executor.run()

    async def _read(self, venue: Venue, reconciler: Reconciler) -> None:
        """Read what a venue tells of our account, from where that was read to.

        It waits for the first policy. Before it no instrument may be known and no order is sent;
        in a later ledger the books, and where each stream was read to, are carried ahead of it.
        """
        await self._ruled.wait()
        stream = self.recorder.state.orders.streams.get(venue.id)
        if stream is not None:
            venue.resume(stream.epoch, stream.cursor)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(intake.follow(venue, self.recorder, reconciler.hear))
            tasks.create_task(reconciler.run())

    def _hear(self, recorded: Recorded | None = None) -> None:
        """Note that there is a policy, and what customers trade."""
        if recorded is not None and isinstance(recorded.fact, FillRecorded):
            self.board.traded(self.recorder.state.rules, recorded.fact)
            if self.heard is not None:
                self.heard.signals.sources.traded(recorded.fact)
        adopted = recorded is None or isinstance(recorded.fact, Adopted)
        if adopted and self.recorder.state.rules.policy is not None:
            self._ruled.set()

    async def _begin(self) -> None:
        """Wait until this copy is known to be the node, then take its first steps."""
        await self.world.link.first_hello()
        if self.world.bars is not None:
            await self.board.warm(self.world.bars, self.recorder.state.rules)
        await self._start()

    async def _start(self) -> None:
        self.hlc.last = max(
            self.hlc.last, self.opened.last_hlc
        )  # entries may have been taken back
        tag = self.world.bits(TAG_BITS)
        started = Started(
            boot_tag=tag,
            version=__version__,
            mode=self.opened.mode,
            time_anew=self.config.market_time.begin_anew,
            restored=tuple(self.world.venues) if self.opened.store.took_back else None,
        )
        link = self.world.link
        allowed = [] if link.judged is None else [_allowed(link.judged)]
        # Power lost before this is durable: the next start finds the same, also that entries were
        # taken back, and is answered by the centre anew. Behind it the ledger says so itself.
        await self.recorder.begin(started, *allowed)
        # Power lost here: the anchor is of an earlier size; a longer ledger agrees with it.
        self.opened.write_anchor()
        await link.adopt_held(link.adopted(), self._record_adopted)
        self._started.set()

    async def _stop(self) -> None:
        """Write the digest of a clean stop as the last entry, and wait for its cosignature.

        An end before the centre holds it loses nothing: the next start sends what is left.
        """
        await self.recorder.end(DigestDue())
        within_s = self.config.central.drain_s
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.world.link.drained(within_s)
        self.opened.write_anchor()

    async def _adopt(self, data: bytes) -> None:
        """Adopt what the centre says, in order, once this start may append.

        A node that stops adopts nothing more: it would end before the centre knows. What the
        centre said is stored already, and the next start adopts it.
        """
        await self._started.wait()
        try:
            await self._record_adopted(data)
        except StoppingError:
            await asyncio.Event().wait()  # until the link ends; an error would end the pushing

    async def _heed(self, judged: SyncVerdict) -> None:
        """Trade no further than the centre lets this node, once this start may append."""
        await self._started.wait()
        with suppress(StoppingError):  # nothing is traded; the next start is told anew
            await self.recorder.observe(_allowed(judged))

    async def _record_adopted(self, data: bytes) -> None:
        await self.recorder.observe(CentreSaid(data))

    def _beside_fold(self) -> list[dict[str, Any]]:
        """Return the problems that the process alone knows."""
        failing = [one.failing for one in self._reconcilers if one.failing is not None]
        state, now_ns = self.recorder.state, self.world.market.now_ns()
        tried = venues.problems(state, failing, now_ns)
        signals = self.heard.signals if self.heard is not None else None
        tried += sizing_view.problems(state, self.board.seen, signals, now_ns)
        return [*self.world.beside_fold(), *tried, *signals_view.problems(self.heard)]

    def _root(self) -> bytes | None:
        head = self.opened.store.head
        return head.root if head else None

    def _ledger_rows(self, after: int, limit: int) -> list[dict[str, Any]]:
        store = self.opened.store
        return [export_row.row(store.ledger, sealed) for sealed in store.read(after, limit)]

    def _ticker(self) -> Ticker:
        timing = self.config.market_time
        # a drill in another time: the centre's time says nothing of it
        trusted = self.world.link.trusted if timing.from_ns == 0 else lambda: None
        return Ticker(
            self.recorder,
            self.world.market,
            trusted,
            seconds_per_wall_s=timing.speed,
            after=self._note_pace,
            took=self.world.took,
        )

    def _note_pace(self) -> None:
        self.board.estimates.linked = self.world.link.online
        self.running.pace.note(self.recorder.state, self.world.market.now_ns())

    def _hear_book(self, book: BookView) -> None:
        policy = self.recorder.state.rules.policy
        if policy is None:
            return
        self.board.watched(policy, book)
        self.board.map(book, policy)
        if book.venue != policy.reference_venue:
            return
        instrument = self.recorder.state.rules.instruments.get(book.instrument)
        if instrument is not None:
            now_ns = self.world.market.now_ns()
            if reference_age_ms(book, policy, now_ns) is not None:
                mid = book.mid_ticks * 10.0**-instrument.price_decimals
                self.board.estimates.saw(book.instrument, book.published_ns, mid)
            scale = 10.0**-instrument.quantity_decimals
            net = self.recorder.state.exposure(instrument.id).net_agreed
            volume = book.volume_lots * scale
            at_ns = min(book.published_ns, now_ns)  # one dated ahead would end the drawing
            self.series.put(at_ns, volume=volume, exposure=net * scale, pnl=None)

    async def publish(self) -> None:
        """Publish to the page a few times a second, while one is open; it draws no faster."""
        while True:
            await self.node.listened()
            self.node.publish()
            await asyncio.sleep(PUBLISH_S)

    async def _anchor(self) -> None:
        """Note at times how far the ledger has come, where a restore does not reach."""
        while True:
            await asyncio.sleep(ANCHOR_S)
            # Power lost in here: the older slot holds, and a longer ledger agrees with it.
            self.opened.write_anchor()

    def _space(self) -> Coroutine[Any, Any, None]:
        disk = self.config.disk
        return space.watch(
            self.recorder,
            self.world.free_bytes,
            reducing_below=disk.reducing_below * space.MIB,
            halted_below=disk.halted_below * space.MIB,
        )

    async def _in_place(self) -> None:
        """End the node if its ledger's file is deleted or replaced, also while nothing happens."""
        while True:
            await asyncio.sleep(IN_PLACE_S)
            self.opened.store.check_in_place()

    async def _watchdog(self) -> None:
        """Return signs of life only after a step was recorded: a proved ledger write."""
        period_s = self.world.alive_s
        while period_s is not None:
            await asyncio.sleep(period_s)
            await self.recorder.settled()
            self.world.notify("WATCHDOG=1")


def _allowed(judged: SyncVerdict) -> CentreAllows:
    return CentreAllows(str(judged.trading), judged.page)


async def _ended_before(
    stop: asyncio.Event, work: Coroutine[Any, Any, None], tasks: asyncio.TaskGroup
) -> bool:
    """Return whether `work` ended before `stop` was set; if not, it is cut off."""
    doing, stopped = tasks.create_task(work), tasks.create_task(stop.wait())
    await asyncio.wait((doing, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if doing.done():
        return True  # or it failed, which ends the group
    await _end([doing])
    return False


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
