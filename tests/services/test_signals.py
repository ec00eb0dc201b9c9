"""Signals: what was told is counted once, kills change nothing, a failing store loses nothing."""

import asyncio
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.events.detector import Alarm, Detector
from edgenode.core.estimate.kept import save
from edgenode.core.signals.calendar import Calendar, Scheduled
from edgenode.core.signals.rows import Row
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.facts import FillRecorded
from edgenode.model.signals import Outcome, Source
from edgenode.model.venue import BookView
from edgenode.services import signals as module
from edgenode.services.signals import Signals
from edgenode.services.sources import FEEDS_AN_INSTRUMENT_MAX, Bounds, Sources
from tests.core.estimate.forecast.series import wandering
from tests.core.world import WETH, World
from tests.services.bar_store import MemoryBars

START = 1_800_000_000
FEED = Source(id="feed:x", instrument=WETH, decimals=2)
OTHER = replace(FEED, id="feed:other")
VENUE, OWN = f"venue:a/{WETH}", f"venue:local/{WETH}"


class Clock:
    def __init__(self, at_s=START):
        self.at_s = at_s

    def now_ns(self):
        return round(self.at_s * 1e9)


class Stage:
    """A box's signals over a store that outlives them."""

    def __init__(self, store=None, at_s=START, **bounds):
        self.store, self.clock = store or MemoryBars(), Clock(at_s)
        self.world = World()
        rules = self.world.state.rules
        sources = Sources(self.clock, lambda: rules, Bounds(**bounds))
        self.signals = Signals(self.store, sources, self.clock)

    async def started(self):
        await self.signals.start()
        return self

    async def at(self, at_s):
        self.clock.at_s = at_s
        await self.signals.close()

    async def row(self, value, at_s=None):
        return await self.signals.push(FEED.id, [Row(str(at_s or self.clock.at_s), str(value))])

    def book(self, volume):
        self.signals.sources.hear_book(BookView(
            venue="a", instrument=WETH, published_ns=self.clock.now_ns(), mid_ticks=150_000,
            bids=((149_990, 5),), asks=((150_010, 5),), volume_lots=volume,
        ))  # fmt: skip

    def said(self, name=FEED.id):
        live = self.signals.sources.live[name]
        return (
            live.signal.newest_s,
            live.signal.said,
            save(live.signal, live.detector, live.aggregate),
        )


def run(work):
    return asyncio.run(work)


async def live_on(stage, values, first=0):
    """A minute a value: the feed tells it and the venue, or the other feed, about the same."""
    for i, value in enumerate(values, first):
        at_s = START + 60 * i + 5
        await stage.at(at_s)
        if value is not None:
            await stage.row(round(value, 2))
            if OTHER.id in stage.signals.sources.live:
                await stage.signals.push(OTHER.id, [Row(str(at_s), f"{value + i % 3:.2f}")])
            else:
                stage.book(round(value * 100))


async def test_rows_and_books_become_bars_and_a_forecast():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    values = wandering(7, 130, step_s=60)
    await live_on(stage, values)
    await stage.at(START + 140 * 60)
    for name in (FEED.id, VENUE):
        assert stage.signals.sources.live[name].shown(0).horizons[0].quantiles, name
    held = stage.store.held
    assert len(held[FEED.id]) == 130
    told = [bar.value for bar in held[VENUE].values() if bar.value is not None]
    assert told == [round(v * 100) for v in values[1:]]
    assert OWN not in held  # its own book is known from its first fill on


VALUES = st.lists(st.none() | st.floats(0.01, 1_000), min_size=3, max_size=25)


@settings(max_examples=12)
@given(VALUES, st.integers(0, 9), st.data())
def test_a_kill_at_any_moment_changes_no_quantile(values, seed, data):
    warm = wandering(seed, 120, step_s=60)
    kills = data.draw(st.sets(st.integers(0, len(values) - 1), max_size=3))

    async def life(kills):
        stage = await Stage().started()
        await stage.signals.declare(FEED)
        await stage.signals.declare(OTHER)  # its rows are kept; a venue's open minute is not
        await live_on(stage, warm)
        for i, value in enumerate(values, len(warm)):
            if i - len(warm) in kills:
                stage = await Stage(stage.store, stage.clock.at_s).started()
            await live_on(stage, [value], i)
        await stage.at(START + 60 * (len(warm) + len(values) + 3))
        return stage

    async def both():
        plain, killed = await life(()), await life(kills)
        for name in (FEED.id, OTHER.id):
            assert plain.said(name) == killed.said(name)
        assert plain.store.held[FEED.id] == killed.store.held[FEED.id]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BARS_A_SAVE", 50)
        run(both())


async def test_a_store_that_fails_refuses_a_push_and_loses_no_bar():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await stage.row(1)
    stage.store.fails = True
    with pytest.raises(UnreachableError, match="it is full"):
        await stage.row(2, START + 1)
    await stage.at(START + 260)
    assert stage.signals.trouble == "it is full"
    assert stage.signals.sources.live[FEED.id].signal.newest_s is None  # not before it is kept
    stage.store.fails = False
    await stage.at(START + 201)
    assert not stage.signals.trouble
    assert [bar.value for bar in stage.store.held[FEED.id].values()] == [100]
    assert stage.signals.sources.live[FEED.id].signal.newest_s is not None


async def test_a_row_that_was_not_kept_may_come_again():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    stage.store.fails = True
    with pytest.raises(UnreachableError):
        await stage.row(2)
    stage.store.fails = False
    assert (await stage.row(2)).taken == 1


async def test_each_row_is_told_what_became_of_it():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    now = str(START)
    rows = [Row(now, "1"), Row(now, "1"), Row(now, "2"), Row(str(START + 900), "1"),
            Row("1000", "1"), Row("2022-02-30", "1"), Row(now, "1", "b", "EX")]  # fmt: skip
    pushed = await stage.signals.push(FEED.id, rows)
    assert (pushed.taken, pushed.duplicates, pushed.refused) == (1, 1, 5)
    told = [(one.row, one.outcome) for one in pushed.first_refused]
    assert told == [(3, Outcome.CHANGED), (4, Outcome.FUTURE), (5, Outcome.LATE),
                    (6, Outcome.MALFORMED), (7, Outcome.FLAGGED)]  # fmt: skip
    counts = stage.signals.sources.counts
    assert all(counts[FEED.id, outcome] == 1 for outcome in Outcome
               if outcome is not Outcome.BACKWARD)  # fmt: skip


async def test_feeds_are_bounded_and_keep_what_they_were_declared_as():
    stage = await Stage(feeds_max=2).started()
    await stage.signals.declare(FEED)
    await stage.signals.declare(FEED)
    with pytest.raises(RefusedError, match="declared otherwise") as caught:
        await stage.signals.declare(replace(FEED, decimals=0))
    assert caught.value.code == "EN007"
    with pytest.raises(RefusedError) as caught:
        await stage.signals.declare(Source(id="feed:z", instrument="NOPE"))
    assert caught.value.code == "EN006"
    await stage.signals.declare(replace(FEED, id="feed:y"))
    with pytest.raises(RefusedError) as caught:
        await stage.signals.declare(replace(FEED, id="feed:z"))
    assert caught.value.code == "EN012"
    await stage.signals.forget("feed:y")
    await stage.signals.declare(replace(FEED, id="feed:z"))
    with pytest.raises(RefusedError):
        await stage.signals.forget("feed:y")


async def test_a_feed_that_stops_goes_stale_and_comes_back():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await live_on(stage, wandering(3, 120, step_s=60))
    await stage.at(START + 60 * 140)
    live = stage.signals.sources.live[FEED.id]
    assert live.shown(START + 60 * 140).state == "stale"
    await live_on(stage, [50.0] * 5, 140)
    assert live.shown(stage.clock.at_s).state == "ready"
    assert [v for _, v in live.shown(0).past][-20:-3].count(None) >= 15


async def test_while_it_learns_it_says_so_and_then_speaks_of_the_newest_bar():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    rows = [Row(str(START - 60 * (401 - i)), f"{v:.2f}")
            for i, v in enumerate(wandering(3, 400, step_s=60))]  # fmt: skip
    await stage.signals.push(FEED.id, rows)
    live, states = stage.signals.sources.live[FEED.id], set()
    closing = asyncio.ensure_future(stage.signals.close())  # noqa: TID251
    while not closing.done():
        await asyncio.sleep(0)
        found = live.shown(START)
        if found.newest_s is not None:
            states.add((found.state, found.newest_s == START - 120))
    assert {state for state, newest in states if not newest} == {"learning"}
    assert live.shown(START).state == "ready"
    assert live.shown(START).newest_s == START - 120


async def test_a_forecast_that_fails_begins_anew_and_ends_nothing(monkeypatch):
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await live_on(stage, [1.0] * 5)
    live = stage.signals.sources.live[FEED.id]

    def failing(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(live.signal, "bar", failing)
    await live_on(stage, [1.0] * 5, 5)
    await stage.at(START + 60 * 12)
    assert len(stage.store.held[FEED.id]) == 10
    assert 0 < live.signal.bars < 10


async def test_a_store_that_cannot_be_read_at_a_start_is_tried_again(monkeypatch):
    stage = Stage()
    load, tries = stage.store.load, []

    async def loads():
        tries.append(stage.signals.trouble)
        if len(tries) < 3:
            raise UnreachableError("no disk", expected="one", do="mend it", code="EN404")
        ran.set()
        return await load()

    ran = asyncio.Event()
    monkeypatch.setattr(stage.store, "load", loads)
    monkeypatch.setattr(module, "START_AGAIN_S", 0.0)
    running = asyncio.ensure_future(stage.signals.run(1))  # noqa: TID251
    await ran.wait()
    running.cancel()
    assert tries == ["", "no disk", "no disk"]


async def test_a_feed_of_the_configuration_waits_for_its_instrument():
    stage = Stage()
    instruments = stage.world.state.rules.instruments
    known = instruments.pop(WETH)
    stage.signals = Signals(stage.store, stage.signals.sources, stage.clock, [FEED])
    await stage.started()
    await stage.at(START)
    assert stage.signals.refused[FEED.id].code == "EN006"
    instruments[WETH] = known
    await stage.at(START + 1)
    assert not stage.signals.refused
    assert (await stage.row(1)).taken == 1


async def test_old_bars_are_pruned_once_there_are_enough_newer_ones():
    stage = await Stage(keep_days=1).started()
    await stage.signals.declare(FEED)
    await live_on(stage, [1.0, 2.0, 3.0])
    later = 2 * 1_440
    await stage.at(START + 60 * later)
    assert len(stage.store.held[FEED.id]) == 3
    await live_on(stage, [1.0] * 400, later)
    assert min(stage.store.held[FEED.id]) == START + 60 * later


async def test_the_own_books_fills_are_its_volume():
    stage = await Stage().started()
    await stage.at(START)
    fill = FillRecorded.__new__(FillRecorded)
    for name, value in (("account", "desk:book"), ("venue", "local"), ("instrument", WETH),
                        ("side", "sell"), ("quantity_lots", 40)):  # fmt: skip
        object.__setattr__(fill, name, value)
    stage.clock.at_s = START + 70
    stage.signals.sources.traded(fill)
    await stage.at(START + 260)
    await stage.at(START + 400)
    bars = [(b.begins_s - START, b.value, b.net_lots) for b in stage.store.held[OWN].values()]
    assert bars == [(60 * i, 40 * (i == 1), -40 * (i == 1)) for i in range(1, 6)]


async def test_a_clock_that_was_years_ahead_does_not_silence_a_feed_for_years():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await live_on(stage, wandering(3, 120, step_s=60))
    ahead = START + 10**8
    await stage.at(ahead)
    await stage.row(5.0)
    await stage.at(ahead + 300)
    again = await Stage(stage.store, START + 60 * 125).started()
    assert max(again.store.held[FEED.id]) < START + 60 * 125
    assert (await again.row(7.0)).taken == 1
    await again.at(START + 60 * 130)
    live = again.signals.sources.live[FEED.id]
    assert live.signal.newest_s < START + 60 * 130
    assert live.shown(again.clock.at_s).horizons[0].quantiles


async def test_hostile_values_leave_every_quantile_finite():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await live_on(stage, [0.0] * 60 + [1e6] + [0.01] * 60 + [9e12, 0.0, None] * 10)
    for ahead in stage.signals.sources.live[FEED.id].shown(stage.clock.at_s).horizons:
        assert all(math.isfinite(q) and q >= 0 for q in ahead.quantiles.values())


class Scripted(Detector):
    """A detector that raises an alarm in the bars it is told to."""

    def __init__(self, *at_s):
        super().__init__(60, counts=False)
        self.at_s = at_s

    def bar(self, at_s, _):
        if at_s not in self.at_s:
            return None
        return Alarm(at_s=at_s, began_s=at_s - 60, times=6.0, usual=1.0, score=1.1)


async def listening(stage, *at_s):
    """Let a feed's detector raise alarms; returns what is told of them."""
    told = []

    async def tell(source, alarm):
        told.append((source.id, alarm.at_s))

    stage.signals.surged = tell
    stage.signals.sources.live[FEED.id].detector = Scripted(*at_s)
    return told


async def test_a_surge_is_told_once_with_its_source():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    told = await listening(stage, START + 120)
    await live_on(stage, [5.0] * 8)
    assert told == [(FEED.id, START + 120)]


async def test_a_surge_of_a_time_that_is_caught_up_with_is_none():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    told = await listening(stage, START + 60)
    await live_on(stage, [5.0, 5.0])
    await stage.at(START + 60 + 60 + module.SURGE_S + 60)
    assert told == []


async def test_a_surge_that_could_not_be_told_is_told_at_the_next_closing():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    told = await listening(stage, START + 60)
    hears, tries = stage.signals.surged, []

    async def fails_first(source, alarm):
        tries.append(alarm)
        if len(tries) == 1:
            raise UnreachableError("busy", expected="room", do="wait")
        await hears(source, alarm)

    stage.signals.surged = fails_first
    with pytest.raises(UnreachableError):
        await live_on(stage, [5.0] * 4)
    await stage.at(START + 260)
    assert told == [(FEED.id, START + 60)]


async def pushed_history(stage, feed, values):
    rows = [Row(str(START - 60 * (len(values) - i)), f"{v:.2f}") for i, v in enumerate(values)]
    await stage.signals.push(feed.id, rows)
    await stage.at(stage.clock.at_s)


async def test_a_feeds_history_is_learned_by_the_forecasts_beside_it_also_behind_a_kill():
    values = wandering(3, 500, step_s=60)

    async def life(*, killed):
        stage = await Stage().started()
        for feed in (FEED, OTHER):
            await stage.signals.declare(feed)
            await pushed_history(stage, feed, values)
        if killed:
            stage = await Stage(stage.store, stage.clock.at_s).started()
        await stage.at(START + module.QUIET_S + 1)
        return stage

    plain, killed = await life(killed=False), await life(killed=True)
    member = plain.signals.sources.live[FEED.id].aggregate.members[OTHER.id]
    assert member.level.bars > 400
    for name in (FEED.id, OTHER.id):
        assert plain.said(name) == killed.said(name)


async def test_a_history_that_cannot_be_read_is_learned_once_it_can(monkeypatch):
    stage, values = await Stage().started(), wandering(3, 300, step_s=60)
    for feed in (FEED, OTHER):
        await stage.signals.declare(feed)
        await pushed_history(stage, feed, values)
    read, tries = stage.store.bars, []

    async def fails_first(*asked):
        tries.append(asked)
        if len(tries) == 1:
            raise UnreachableError("no disk", expected="one", do="mend it", code="EN404")
        return await read(*asked)

    monkeypatch.setattr(stage.store, "bars", fails_first)
    await stage.at(START + module.QUIET_S + 1)
    assert stage.signals.trouble == "no disk"
    await stage.at(START + module.QUIET_S + 2)
    live = stage.signals.sources.live[FEED.id]
    assert not stage.signals.trouble
    assert not live.learning
    assert live.aggregate.members[OTHER.id].level.bars > 200


async def test_what_the_calendar_says_is_announced_and_kept():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    event = Scheduled(begins_s=START + 9_000, ends_s=START + 9_600, name="drop")
    other = replace(event, instrument="OTHER-USDC")
    stage.signals.sources.scheduled(Calendar((event, other)))
    await live_on(stage, [5.0] * 3)
    assert stage.signals.sources.live[FEED.id].aggregate.calendar.events == [
        (START + 9_000, START + 9_600)
    ]
    again = await Stage(stage.store, stage.clock.at_s).started()
    assert again.signals.sources.live[FEED.id].aggregate.calendar.events


async def test_a_feed_that_is_forgotten_has_no_say_any_more():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await stage.signals.declare(OTHER)
    await live_on(stage, [5.0] * 5)
    assert set(stage.signals.sources.live[FEED.id].aggregate.members) == {OTHER.id}
    await stage.signals.forget(OTHER.id)
    await live_on(stage, [5.0] * 3, 5)
    assert OTHER.id not in stage.signals.sources.live[FEED.id].aggregate.members


async def test_what_was_told_while_the_store_failed_is_saved_once_it_does_not():
    stage = await Stage().started()
    await stage.signals.declare(FEED)
    await live_on(stage, [5.0] * 4)
    await stage.signals.declare(OTHER)
    stage.store.fails = True
    await stage.at(stage.clock.at_s + 60)
    stage.store.fails = False
    for later in range(1, 5):
        await stage.at(stage.clock.at_s + later)
    again = await Stage(stage.store, stage.clock.at_s).started()
    assert OTHER.id in again.signals.sources.live[FEED.id].aggregate.members


async def test_the_feeds_of_one_instrument_are_bounded():
    stage = await Stage(feeds_max=64).started()
    for i in range(FEEDS_AN_INSTRUMENT_MAX):
        await stage.signals.declare(replace(FEED, id=f"feed:f{i}"))
    with pytest.raises(RefusedError, match="16 feeds of WETH-USDC are declared") as caught:
        await stage.signals.declare(FEED)
    assert caught.value.code == "EN012"
