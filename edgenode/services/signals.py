"""Signals: what sources say becomes bars, bars are kept, and what is kept is forecast.

A closing runs every market second: bars whose time is over are stored, and only then taken by the
forecast, so that a start that loads what is stored says the same. Where the store fails, bars wait
and the forecast with them; nothing else does.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from edgenode.core.estimate.events.detector import Alarm
from edgenode.core.estimate.forecast import kept as kept_state
from edgenode.core.estimate.forecast.live import LiveForecast
from edgenode.core.signals.feed import FeedBars
from edgenode.core.signals.quota import Quota
from edgenode.core.signals.rows import Row, reading_of
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.signals import Bar, Outcome, Reading, Source, SourceId
from edgenode.ports.bars import BarStore, Batch, Closed, Kept
from edgenode.ports.clock import Clock
from edgenode.services.sources import SECOND_NS, Sources, unknown_feed

log = structlog.get_logger()
DAY_S, HOUR_S = 86_400, 3_600
AHEAD_S_MAX = 2 * DAY_S  # a clock that is wrong by less catches up
START_AGAIN_S = 5.0
CLOSE_S_MIN = 0.05  # between closings, where market time is fast
BARS_A_SAVE = 256
BARS_A_TURN = 20  # that are learned before others have their turn
ROWS_A_TURN = 500
READ_AT_ONCE = 2_000  # bars, of the store
WAITING_MAX = 10_000  # closings that the store did not take
FAILURES = (ArithmeticError, ValueError, AssertionError, LookupError)
REFUSED_TOLD = 20  # rows of one push
SURGE_S = 300  # an alarm of an older bar is none: it is of a time that was caught up with
Surged = Callable[[Source, Alarm], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that was not taken: its number in what was pushed, why, and what was found."""

    row: int
    outcome: Outcome
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What became of the rows of one push."""

    taken: int
    duplicates: int
    refused: int
    first_refused: tuple[RefusedRow, ...]


class Signals:
    """The bars and forecasts of one box."""

    def __init__(
        self, store: BarStore, sources: Sources, market: Clock, declared: Sequence[Source] = ()
    ) -> None:
        self._store, self._market, self._declared = store, market, list(declared)
        self.sources = sources
        bounds = sources.bounds
        self.quota = Quota(bounds.requests_per_minute_max, bounds.rows_per_minute_max)
        self.held_open: frozenset[SourceId] = frozenset()  # feeds of which more is being read
        self.trouble = ""  # why the store does not keep bars now
        self.changes = 0  # of what there is to say, but for the time
        self.refused: dict[SourceId, RefusedError] = {}  # feeds of the configuration
        self._waiting: deque[Closed] = deque(maxlen=WAITING_MAX)
        self._alone = asyncio.Lock()  # a push and a closing never meet
        self._pruned_h = 0
        self.first: Callable[[], Awaitable[None]] | None = None  # before the first closing
        self.surged: Surged | None = None  # hears of each surge that is found
        self.learned: Callable[[], Awaitable[None]] | None = None  # hears that a forecast is newer
        self._alarms: dict[SourceId, Alarm] = {}  # that were heard of

    async def declare(self, source: Source) -> None:
        """Know a feed by what is declared of it: see `Sources.check`; EN404 if it is not kept."""
        async with self._alone:
            if self.sources.check(source):
                await self._store.declare(source)
                self.sources.begin(Kept(source=source))
                self.changes += 1

    async def forget(self, name: SourceId) -> None:
        """Forget a feed with its bars; EN006 if there is none, EN404 if the store fails."""
        async with self._alone:
            if name not in self.sources.feeds():
                raise unknown_feed(name)
            await self._store.forget(name)
            # Killed here: it is forgotten. Closings that wait for the store are of no source.
            self.sources.forget(name)
            self.changes += 1
            held = [closed for closed in self._waiting if closed.source != name]
            self._waiting = deque(held, maxlen=WAITING_MAX)

    async def push(self, name: SourceId, rows: Sequence[Row], until_s: int = 0) -> Pushed:
        """Take rows of a feed; what is taken is durable on return, or nothing was taken.

        `until_s`: the feed has told all that happened before. EN404 if the store fails.
        """
        async with self._alone:
            feed = self.sources.feeds()[name]
            taken: list[Reading] = []
            refused: list[RefusedRow] = []
            found: Counter[Outcome] = Counter()
            for number, row in enumerate(rows, 1):
                outcome, reading, why = _judged(feed, row, self.sources.now_s())
                found[outcome] += 1
                if reading is not None and outcome is Outcome.TAKEN:
                    taken.append(reading)
                elif outcome is not Outcome.DUPLICATE and len(refused) < REFUSED_TOLD:
                    refused.append(RefusedRow(row=number, outcome=outcome, found=why))
                if number % ROWS_A_TURN == 0:
                    await asyncio.sleep(0)
            await self._keep(feed, taken, until_s)
            for outcome, times in found.items():
                self.sources.counts[name, outcome] += times
            duplicates = found[Outcome.DUPLICATE]
            return Pushed(
                taken=len(taken),
                duplicates=duplicates,
                refused=len(rows) - len(taken) - duplicates,
                first_refused=tuple(refused),
            )

    async def _keep(self, feed: FeedBars, taken: list[Reading], until_s: int) -> None:
        """Make readings durable. Power lost in here: nobody was told that they were taken."""
        now_s = self.sources.now_s()
        until_s = min(until_s, now_s)
        try:
            if taken or until_s > feed.until_s:
                await self._store.said(feed.source.id, taken, until_s)
        except BaseException:
            feed.forget(taken)
            raise
        feed.told_until(until_s)

    async def run(self, seconds_per_wall_s: float) -> None:
        """Close bars about every market second until canceled."""
        await self._started()
        await self._declare_configured()
        if self.first is not None:
            await self.first()
        while True:
            now = self._market.now_ns()
            wait_s = (SECOND_NS - now % SECOND_NS) / SECOND_NS / seconds_per_wall_s
            await asyncio.sleep(max(wait_s, CLOSE_S_MIN))
            await self.close()

    async def _started(self) -> None:
        """Start; where the store fails it is tried again, and trading goes on."""
        while True:
            try:
                await self.start()
            except UnreachableError as error:
                if not self.trouble:
                    log.warning("bars_not_read", found=error.found)
                self.trouble = error.found
                await asyncio.sleep(START_AGAIN_S)
            else:
                self.trouble = ""
                return

    async def start(self) -> None:
        """Load what is stored, and take the bars that are newer than each saved state.

        What is dated far ahead is of a clock that was wrong, or of a drill that begins anew: it is
        dropped, or nothing would be taken until then.
        """
        kept, now_s = await self._store.load(), self.sources.now_s()
        if any((one.closed_s or 0) > now_s + AHEAD_S_MAX for one in kept):
            log.warning("bars_of_the_future_dropped", from_s=now_s)
            await self._store.forget_after(now_s)
            kept = await self._store.load()
        self.sources.resume(kept)
        for live in self.sources.live.values():
            live.learning = True
        for one in kept:
            await self._catch_up(self.sources.live[one.source.id], one.closed_s)
        await self._tell_surges()

    async def close(self) -> None:
        """Close the bars whose time is over, store them, and let the forecasts take them."""
        await self._declare_configured()
        async with self._alone:
            batch = self._batch()
            if batch is None or not await self._stored(batch):
                return
            self._waiting.clear()
            for name in batch.states:
                self.sources.live[name].since_save = 0
        for closed in batch.closed:
            live = self.sources.live.get(closed.source)
            if live is not None:  # it is not forgotten since
                live.learning = True
                self.changes += 1
                await _learn(live, closed.bars)
                live.passed(closed.closed_s)
                live.learning = False
                self.changes += 1
        await self._tell_surges()
        if self.learned is not None and any(closed.bars for closed in batch.closed):
            await self.learned()

    async def _tell_surges(self) -> None:
        """Tell each fresh alarm. Killed here: a start finds it again in the bars that are kept."""
        if self.surged is None:
            return
        for name, live in list(self.sources.live.items()):
            alarm, step_s = live.alarm, live.source.step_s
            if alarm is None or self._alarms.get(name) == alarm:
                continue
            if self.sources.now_s() - (alarm.at_s + step_s) <= SURGE_S:
                await self.surged(live.source, alarm)
            self._alarms[name] = alarm

    async def _declare_configured(self) -> None:
        """Declare the feeds of the configuration, once their instruments are known."""
        for source in list(self._declared):
            try:
                await self.declare(source)
                self.refused.pop(source.id, None)
                self._declared.remove(source)
            except RefusedError as error:
                self.refused[source.id] = error
            except UnreachableError as error:
                self.trouble = error.found

    def _batch(self) -> Batch | None:
        """Return what is to be stored now, with what could not be stored before."""
        now_s = self.sources.now_s()
        for name, bars in self.sources.bars.items():
            if name in self.held_open:
                continue
            before = bars.closed_s
            closed = bars.close(now_s)
            if bars.closed_s is None or bars.closed_s == before:
                continue
            from_ms = 0
            if isinstance(bars, FeedBars):
                self.sources.counts[name, Outcome.BACKWARD] = bars.falls
                from_ms = bars.kept_from_ms()
            self._waiting.append(
                Closed(source=name, closed_s=bars.closed_s, bars=closed, readings_from_ms=from_ms)
            )
        due = [(n, x) for n, x in self.sources.live.items() if x.since_save >= BARS_A_SAVE]
        states = {
            n: kept_state.save(x.signal, x.detector) for n, x in due[:1]
        }  # each takes 15 ms: one a second
        if not (self._waiting or states or self.sources.new):
            return None
        from_s = now_s - self.sources.bounds.keep_days * DAY_S
        prunes = now_s // HOUR_S != self._pruned_h
        return Batch(tuple(self._waiting), states, from_s if prunes else 0)

    async def _stored(self, batch: Batch) -> bool:
        """Store a closing; False if the store fails: it is tried again at the next one."""
        try:
            while self.sources.new:
                await self._store.declare(self.sources.new[0])
                self.sources.new.pop(0)
            await self._store.store(batch)
        except UnreachableError as error:
            if not self.trouble:
                log.warning("bars_not_stored", found=error.found)
            self.trouble = error.found
            return False
        self.trouble = ""
        if batch.bars_from_s:
            self._pruned_h = self.sources.now_s() // HOUR_S
        return True

    async def _catch_up(self, live: LiveForecast, closed_s: int | None) -> None:
        """Take the stored bars that the saved state has not seen, and some to show before them."""
        newest = live.signal.newest_s
        from_s = 0 if newest is None else newest - HOUR_S
        while bars := await self._store.bars(live.source.id, from_s, READ_AT_ONCE):
            await _learn(live, bars)
            from_s = bars[-1].begins_s + 1
        if closed_s is not None:
            live.passed(closed_s)
        live.learning = False
        self.changes += 1


async def _learn(live: LiveForecast, bars: Sequence[Bar]) -> None:
    for number, bar in enumerate(bars, 1):
        try:
            live.take(bar)
        except FAILURES as error:  # of an estimate: it ends no trading, at no start
            log.error("forecast_failed", source=live.source.id, error=repr(error)[:200])  # noqa: TRY400
            live.begin_anew()
        if number % BARS_A_TURN == 0:
            await asyncio.sleep(0)


def _judged(feed: FeedBars, row: Row, now_s: int) -> tuple[Outcome, Reading | None, str]:
    """Return what becomes of a row, its reading if it has one, and what was found."""
    if row.flag:
        return Outcome.FLAGGED, None, f"flagged {row.flag[:40]!r}"
    try:
        reading = reading_of(row, feed.source)
    except RefusedError as error:
        return Outcome.MALFORMED, None, f"{error.found}; expected {error.expected}"
    return feed.take(reading, now_s), reading, f"t {row.t[:40]}"
