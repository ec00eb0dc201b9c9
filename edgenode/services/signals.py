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

from edgenode.core.estimate import kept as kept_state
from edgenode.core.estimate.events.detector import Alarm
from edgenode.core.signals.feed import FeedBars
from edgenode.core.signals.quota import Quota
from edgenode.core.signals.rows import Row, reading_of
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.ids import InstrumentId
from edgenode.model.signals import FEED, Outcome, Reading, Source, SourceId
from edgenode.ports.bars import BarStore, Batch, Closed, Kept
from edgenode.ports.clock import Clock
from edgenode.services.learning import catch_up, hear_each_other, learn
from edgenode.services.sources import SECOND_NS, Sources, unknown_feed

log = structlog.get_logger()
DAY_S, HOUR_S = 86_400, 3_600
AHEAD_S_MAX = 2 * DAY_S  # a clock that is wrong by less catches up
START_AGAIN_S = 5.0
CLOSE_S_MIN = 0.05  # between closings, where market time is fast
BARS_A_SAVE = 256
ROWS_A_TURN = 500
WAITING_MAX = 10_000  # closings that the store did not take
HISTORY_S = 2 * HOUR_S  # a feed that begins with older bars has a history
QUIET_S = 10  # without another history, before all is learned again with it
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
        self._histories: dict[InstrumentId, int] = {}  # when forecasts learn them
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
        closed_s = {one.source.id: one.closed_s for one in kept}
        for instrument in sorted({one.source.instrument for one in kept}):
            await catch_up(self._store, self.sources.of_instrument(instrument), closed_s)
            self.changes += 1
        await self._tell_surges()

    async def close(self) -> None:
        """Close the bars whose time is over, store them, and let the forecasts take them."""
        await self._declare_configured()
        async with self._alone:
            batch = self._batch()
            if batch is None:
                return
            if not await self._stored(batch):
                # What these were told counts once it is saved: it is tried again.
                self.sources.unsettled |= {n for n, state in batch.states.items() if state}
                return
            self._waiting.clear()
            for name in batch.states:
                self.sources.live[name].since_save = 0
        await self._learn(batch)
        await self._learn_histories()
        await self._tell_surges()
        if self.learned is not None and any(closed.bars for closed in batch.closed):
            await self.learned()

    async def _learn(self, batch: Batch) -> None:
        """Let the forecasts take what closed, each with what the others told of then."""
        live = self.sources.live
        # Those that are forgotten since are left out.
        found = [(live[closed.source], closed) for closed in batch.closed if closed.source in live]
        for instrument in {one.source.instrument for one, _ in found}:
            beside = self.sources.of_instrument(instrument)
            told = [(one, closed.bars) for one, closed in found if one in beside]
            silent = [(one, ()) for one in beside if one not in [teller for teller, _ in told]]
            hear_each_other([*told, *silent])
        for one, closed in found:
            one.learning = True
            self.changes += 1
            await learn(one, closed.bars)
            one.passed(closed.closed_s)
            one.learning = False
            self.changes += 1

    async def _learn_histories(self) -> None:
        """Learn an instrument's kept bars again, once the histories of its new feeds are whole.

        Killed in here: no state is kept, so a start learns the same from the same bars.
        """
        now_s = self.sources.now_s()
        for instrument, at_s in list(self._histories.items()):
            if now_s < at_s:
                continue
            lives = self.sources.of_instrument(instrument)
            for live in lives:
                live.begin_anew()
                self.sources.settle(live, from_s=0)
                live.learning = True
            closed_s = {
                live.source.id: self.sources.bars[live.source.id].closed_s for live in lives
            }
            try:
                await catch_up(self._store, lives, closed_s)
            except UnreachableError as error:  # it is learned anew at a later closing
                self.trouble = error.found
                continue
            del self._histories[instrument]
            self.changes += 1

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
        states = self._states()
        if not (self._waiting or states or self.sources.new):
            return None
        from_s = now_s - self.sources.bounds.keep_days * DAY_S
        prunes = now_s // HOUR_S != self._pruned_h
        return Batch(tuple(self._waiting), states, from_s if prunes else 0)

    def _states(self) -> dict[SourceId, bytes | None]:
        """Return the states that are saved now: one a second, as each takes 15 to 40 ms.

        Where a history came, states are forgotten with it: all is learned again.
        """
        states: dict[SourceId, bytes | None] = {}
        for closed in self._waiting:
            live = self.sources.live[closed.source]
            instrument = live.source.instrument
            new = closed.source.startswith(FEED) and live.signal.newest_s is None
            alone = len(self.sources.of_instrument(instrument)) == 1
            if new and not alone and _has_history(closed):
                self._histories[instrument] = self.sources.now_s() + QUIET_S
        lives = self.sources.live
        for name, live in lives.items():
            if live.source.instrument in self._histories:
                states[name] = None
        due = [name for name, live in lives.items() if live.since_save >= BARS_A_SAVE]
        for name in [n for n in [*sorted(self.sources.unsettled), *due] if n not in states][:1]:
            live = lives[name]
            self.sources.settle(live)
            states[name] = kept_state.save(live.signal, live.detector, live.aggregate)
        return states

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


def _has_history(closed: Closed) -> bool:
    return bool(closed.bars) and closed.bars[0].begins_s < closed.closed_s - HISTORY_S


def _judged(feed: FeedBars, row: Row, now_s: int) -> tuple[Outcome, Reading | None, str]:
    """Return what becomes of a row, its reading if it has one, and what was found."""
    if row.flag:
        return Outcome.FLAGGED, None, f"flagged {row.flag[:40]!r}"
    try:
        reading = reading_of(row, feed.source)
    except RefusedError as error:
        return Outcome.MALFORMED, None, f"{error.found}; expected {error.expected}"
    return feed.take(reading, now_s), reading, f"t {row.t[:40]}"
