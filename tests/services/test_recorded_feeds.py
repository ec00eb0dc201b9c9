"""Recorded feeds with their known flaws: what cannot be is refused by name, and all stays finite.

The files and their flaws: EDGENODE_RECORDED/README.md.
"""

import csv
import io
import math
import zipfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from edgenode.core.estimate.live import LiveForecast
from edgenode.core.signals.feed import FeedBars
from edgenode.core.signals.rows import Row, reading_of
from edgenode.model.errors import RefusedError
from edgenode.model.signals import Outcome, Source
from tests.core.world import WETH

pytestmark = pytest.mark.recorded
SOURCE = Source(id="feed:x", instrument=WETH, decimals=3)


def taken(source, rows):
    """Take rows in their order, as history: (bars, outcomes, the feed)."""
    feed, found = FeedBars(source, keep_days=3_660), Counter()
    now_s = max(int(datetime.fromisoformat(t).timestamp()) for t, _ in rows) + 86_400 * 2
    for t, v in rows:
        try:
            reading = reading_of(Row(t=t, v=v), source)
        except RefusedError:
            found[Outcome.MALFORMED] += 1
            continue
        found[feed.take(reading, now_s)] += 1
    return feed.close(now_s), found, feed


def forecast(source, bars):
    live = LiveForecast(source)
    for bar in bars:
        live.take(bar)
    return live.shown(bars[-1].begins_s + 60)


def is_sound(shown):
    values = [q for ahead in shown.horizons for q in ahead.quantiles.values()]
    return all(math.isfinite(q) and q >= 0 for q in values)


def _utc(text):
    """Return a time of this file: it has two ways to write one, both UTC."""
    if "/" in text:
        return datetime.strptime(f"{text} +0000", "%m/%d/%y %H:%M %z").isoformat()
    return datetime.fromisoformat(text).replace(tzinfo=UTC).isoformat()


def test_a_dirty_cumulative_feed_falls_begins_anew_and_never_goes_below_zero(recorded_dir):
    """GameStop's sales so far: extrapolated rows, backward steps, gaps of hours."""
    path = recorded_dir / "demand_gamestop_nft" / "hourly_cumulative.csv"
    rows, made_up = [], 0
    for row in csv.DictReader(io.StringIO(path.read_text())):
        made_up += row["items"] == "EX"
        if row["items"] != "EX":
            rows.append((_utc(row["datetime"]), str(int(row["wei"]) // 10**15)))
    source = replace(SOURCE, form="counter", step_s=300, decimals=0)
    hourly = replace(source, step_s=3_600)  # as a feed of whole hours would be declared
    bars, found, feed = taken(hourly, rows)
    assert made_up >= 20
    assert feed.falls >= 10
    assert all(bar.value is not None and bar.value >= 0 for bar in bars)
    assert found[Outcome.MALFORMED] == 0
    assert sum(found.values()) == len(rows)
    few, _, _ = taken(source, rows)
    assert all(bar.value >= 0 for bar in few)  # hours between readings belong to no five minutes
    assert len(few) < len(rows) / 10


def test_naive_times_are_refused_until_their_offset_is_declared(recorded_dir):
    path = recorded_dir / "demand_nab" / "Twitter_volume_AAPL.csv"
    rows = [(r["timestamp"], r["value"]) for r in csv.DictReader(io.StringIO(path.read_text()))]
    source = replace(SOURCE, kind="count", step_s=300, decimals=0)
    assert set(taken(source, rows[:50])[1]) == {Outcome.MALFORMED}
    bars, found, _ = taken(replace(source, offset_min=0), rows)
    assert found[Outcome.TAKEN] + found[Outcome.DUPLICATE] + found[Outcome.CHANGED] == len(rows)
    shown = forecast(source, bars)
    assert [ahead.minutes for ahead in shown.horizons if ahead.quantiles] == [5, 15, 30, 60]
    assert is_sound(shown)


@pytest.mark.parametrize("where", [0.3, 0.9])
def test_a_jump_of_a_million_times_is_bounded(recorded_dir, where):
    path = recorded_dir / "demand_nab" / "Twitter_volume_KO.csv"
    rows = [[r["timestamp"], r["value"]] for r in csv.DictReader(io.StringIO(path.read_text()))]
    rows[int(where * len(rows))][1] = str(10**6 * max(int(v) for _, v in rows))
    source = replace(SOURCE, kind="count", step_s=300, decimals=0, offset_min=0)
    bars, _, _ = taken(source, rows)
    shown, largest = forecast(source, bars), max(bar.value for bar in bars)
    assert is_sound(shown)
    assert all(q <= 51 * largest * ahead.minutes for ahead in shown.horizons
               for q in ahead.quantiles.values())  # fmt: skip


def test_ticks_of_a_fixed_zone_fall_into_the_day_that_they_are_of(recorded_dir):
    """FXCM's milliseconds count from midnight at UTC-05, several quotes in one of them."""
    folder = recorded_dir / "fx_fxcm_tick" / "eurusd"
    path = min(folder.glob("*.zip"))
    with zipfile.ZipFile(path) as packed:
        text = packed.read(packed.namelist()[0]).decode()
    day = datetime.strptime(path.name[:8], "%Y%m%d")  # noqa: DTZ007  its zone is the feed's
    rows = []
    for number, line in enumerate(text.splitlines()[:20_000]):
        ms = int(line.split(",")[0])
        at = day.replace(hour=ms // 3_600_000, minute=ms // 60_000 % 60, second=ms // 1_000 % 60,
                         microsecond=ms % 1_000 * 1_000)  # fmt: skip
        rows.append(Row(t=at.isoformat(), v="1", id=str(number)))
    source = replace(SOURCE, kind="count", decimals=0, offset_min=-300)
    feed = FeedBars(source, keep_days=3_660)
    now_s = int(day.replace(tzinfo=UTC).timestamp()) + 3 * 86_400
    outcomes = Counter(feed.take(reading_of(row, source), now_s) for row in rows)
    assert outcomes == {Outcome.TAKEN: len(rows)}
    bars = feed.close(now_s)
    assert sum(bar.value for bar in bars) == len(rows)
    first = int(day.replace(tzinfo=UTC).timestamp()) + 5 * 3_600
    assert first <= bars[0].begins_s < first + 86_400
