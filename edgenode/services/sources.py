"""The sources of a box: venues' books, its own, demand feeds; each with its bars and forecast.

Venues are known by their first book, the own book by its first fill, feeds by being declared.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from edgenode.core.estimate import kept as kept_state
from edgenode.core.estimate.kept import Estimates
from edgenode.core.estimate.live import LiveForecast
from edgenode.core.signals.book import BookBars
from edgenode.core.signals.calendar import Calendar
from edgenode.core.signals.feed import FeedBars
from edgenode.core.signals.own import OwnBars
from edgenode.core.state.rules import Rules
from edgenode.model.errors import RefusedError
from edgenode.model.facts import FillRecorded
from edgenode.model.ids import DESK_BOOK, LOCAL_VENUE, InstrumentId
from edgenode.model.signals import FEED, STEP_S, Outcome, Source, SourceId, name_of
from edgenode.model.venue import BookView
from edgenode.ports.bars import Kept
from edgenode.ports.clock import Clock

log = structlog.get_logger()
SECOND_NS = 1_000_000_000
FEEDS_AN_INSTRUMENT_MAX = 16
Bars = BookBars | OwnBars | FeedBars


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is kept, and how much may be pushed."""

    keep_days: int = 90
    feeds_max: int = 16
    rows_per_minute_max: int = 1_000
    requests_per_minute_max: int = 120


class Sources:
    """All sources by their name. No venue is heard before `begun`: what is kept is not known."""

    def __init__(self, market: Clock, rules: Callable[[], Rules], bounds: Bounds) -> None:
        self._market, self._rules = market, rules
        self.bounds = bounds
        self.bars: dict[SourceId, Bars] = {}
        self.live: dict[SourceId, LiveForecast] = {}
        self.counts: Counter[tuple[SourceId, Outcome]] = Counter()
        self.new: list[Source] = []  # that the store does not know yet
        self.begun = False
        self._from_s = 0  # since when all is heard
        self._calendar: Calendar | None = None  # not read yet
        self.unsettled: set[SourceId] = set()  # whose aggregates do not know all others yet

    def now_s(self) -> int:
        """Return market time in whole seconds."""
        return self._market.now_ns() // SECOND_NS

    def hear_book(self, book: BookView) -> None:
        """Take a venue's published book."""
        name = name_of(book.venue, book.instrument)
        bars = self._of_venue(name, book.instrument, own=False)
        if isinstance(bars, BookBars):
            self.counts[name, bars.take(book, self.now_s())] += 1

    def traded(self, fill: FillRecorded) -> None:
        """Take a fill of the desk's own book."""
        if fill.account == DESK_BOOK and fill.venue == LOCAL_VENUE:
            name = name_of(LOCAL_VENUE, fill.instrument)
            bars = self._of_venue(name, fill.instrument, own=True)
            if isinstance(bars, OwnBars):
                bars.traded(self.now_s(), fill.side, fill.quantity_lots)

    def feeds(self) -> dict[SourceId, FeedBars]:
        """Return the demand feeds."""
        return {name: bars for name, bars in self.bars.items() if isinstance(bars, FeedBars)}

    def check(self, source: Source) -> bool:
        """Return whether a feed is new; RefusedError if it may not be declared so.

        EN007 if it is known as another, EN012 if there are too many, EN006 if its instrument is
        unknown.
        """
        held = self.live.get(source.id)
        if held is not None:
            if held.source != source:
                raise _declared_otherwise(held.source)
            return False
        if len(self.feeds()) >= self.bounds.feeds_max:
            raise _too_many(self.bounds.feeds_max)
        beside = [
            bars for bars in self.feeds().values() if bars.source.instrument == source.instrument
        ]
        if len(beside) >= FEEDS_AN_INSTRUMENT_MAX:
            raise _too_many_beside(source.instrument)
        if source.instrument not in self._rules().instruments:
            raise _unknown_instrument(source)
        return True

    def resume(self, kept: list[Kept]) -> None:
        """Take what an earlier run kept; venues are heard from now on."""
        self._from_s = self.now_s()
        for one in kept:
            self.begin(one)
        for live in self.live.values():
            # What is learned anew from kept bars has the others from the first one on. A saved
            # state has them since it was saved with them.
            if live.signal.newest_s is None:
                self.settle(live, from_s=0)
        self.begun = True

    def forget(self, name: SourceId) -> None:
        """Forget a feed: its name is free again. EN006 if there is none."""
        if name not in self.feeds():
            raise unknown_feed(name)
        instrument = self.live[name].source.instrument
        del self.bars[name], self.live[name]
        self._unsettle(instrument)
        for outcome in Outcome:
            self.counts.pop((name, outcome), None)

    def begin(self, kept: Kept) -> LiveForecast:
        """Begin the bars and the forecast of a source, from what is kept of it."""
        source = kept.source
        live = self.live[source.id] = LiveForecast(source, _estimates(kept))
        self._unsettle(source.instrument)
        match source.form:
            case "book":
                self.bars[source.id] = BookBars(kept.closed_s)
            case "own":
                minute = self.now_s() // STEP_S * STEP_S
                self.bars[source.id] = OwnBars(max(minute, self._from_s, kept.closed_s or 0))
            case "each" | "counter":
                feed = FeedBars(source, keep_days=self.bounds.keep_days, closed_s=kept.closed_s)
                feed.resume(list(kept.readings), kept.until_s)
                self.bars[source.id] = feed
        return live

    def of_instrument(self, instrument: InstrumentId) -> list[LiveForecast]:
        """Return the forecasts of all sources of an instrument, by name."""
        return [
            live for _, live in sorted(self.live.items()) if live.source.instrument == instrument
        ]

    def scheduled(self, calendar: Calendar) -> None:
        """Take the calendar: its events are announced to the forecasts of their instruments."""
        self._calendar = calendar
        self.unsettled |= set(self.live)

    def settle(self, live: LiveForecast, *, from_s: int | None = None) -> None:
        """Let a forecast know all other sources of its instrument, and the calendar, from now on.

        It counts once it is saved, so that a start after it knows the same since the same time.
        """
        aggregate, at_s = live.aggregate, self.now_s() if from_s is None else from_s
        others = self.of_instrument(live.source.instrument)
        names = {other.source.id for other in others} - {live.source.id}
        for name in set(aggregate.members) - names:
            aggregate.leave(name)
        for other in others:
            of = other.source
            if of.id in names:
                aggregate.join(of.id, of.step_s, counts=of.kind == "count", from_s=at_s)
        if self._calendar is not None:
            instruments = {"", live.source.instrument}
            events = [e for e in self._calendar.events if e.instrument in instruments]
            aggregate.announce([(event.begins_s, event.ends_s) for event in events])
        self.unsettled.discard(live.source.id)

    def _unsettle(self, instrument: InstrumentId) -> None:
        self.unsettled |= {live.source.id for live in self.of_instrument(instrument)}
        self.unsettled &= set(self.live)

    def _of_venue(self, name: SourceId, instrument: InstrumentId, *, own: bool) -> Bars | None:
        """Return the bars of a venue's instrument, new ones if it is one that we know."""
        known = self._rules().instruments.get(instrument)
        if name in self.bars or known is None or not self.begun:
            return self.bars.get(name)
        source = Source(
            id=name,
            instrument=instrument,
            form="own" if own else "book",
            decimals=known.quantity_decimals,
        )
        self.new.append(source)
        self.begin(Kept(source=source))
        return self.bars[name]


def _estimates(kept: Kept) -> Estimates:
    """Return what was saved; what cannot be read begins anew."""
    if kept.state is None:
        return Estimates()
    try:
        return kept_state.load(kept.state)
    except RefusedError as error:
        log.warning("forecast_begins_anew", source=kept.source.id, found=error.found)
        return Estimates()


def unknown_feed(name: SourceId) -> RefusedError:
    """Return the error of a feed that nobody declared."""
    return RefusedError(
        f"feed {name.removeprefix(FEED)[:64]!r}",
        expected="a feed that was declared",
        do="name its instrument with the first push, or declare it in [[demand_feeds]]",
        code="EN006",
    )


def _declared_otherwise(held: Source) -> RefusedError:
    said = f"{held.kind}, {held.form}, {held.step_s} s, {held.decimals} decimals"
    return RefusedError(
        f"{held.id} was declared otherwise",
        expected=f"{held.instrument}, {said}",
        do="push without these fields, or name another feed",
        code="EN007",
    )


def _too_many(most: int) -> RefusedError:
    return RefusedError(
        f"{most} feeds are declared",
        expected="[signals] feeds_max or fewer",
        do="raise feeds_max, or push to a feed that GET /api/v1/signals lists",
        code="EN012",
    )


def _too_many_beside(instrument: InstrumentId) -> RefusedError:
    return RefusedError(
        f"{FEEDS_AN_INSTRUMENT_MAX} feeds of {instrument[:40]} are declared",
        expected=f"at most {FEEDS_AN_INSTRUMENT_MAX} of one instrument: each is held against all",
        do="forget one that was dropped: DELETE /api/v1/signals/NAME; GET /api/v1/forecast tells",
        code="EN012",
    )


def _unknown_instrument(source: Source) -> RefusedError:
    return RefusedError(
        f"instrument {source.instrument[:40]}",
        expected="a known one",
        do="name one that GET /api/v1/instruments lists",
        code="EN006",
    )
