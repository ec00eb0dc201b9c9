"""A demand feed's bars: each reading once, in any order; what was not heard is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.signals.feed import FeedBars
from edgenode.model.signals import BAR_END, Bar, Outcome, Reading, Source

NOW = 1_800_000_000 - 1_800_000_000 % 300
DAYS = 90
Rows = st.lists(
    st.tuples(st.integers(0, 9 * 60_000 - 1), st.integers(0, 10**6)), min_size=1, max_size=40
)


def feed(form="each", step_s=60, closed_s=None):
    source = Source(id="feed:x", instrument="WETH-USDC", form=form, step_s=step_s)
    return FeedBars(source, keep_days=DAYS, closed_s=closed_s)


def reading(at_s, value, key=None):
    at_ms = round(at_s * 1_000)
    return Reading(key=key or f"t{at_ms}", at_ms=at_ms, value=value)


def said(rows):
    """Readings of the last ten minutes, each with a key of its own."""
    return [Reading(key=f"i{i}", at_ms=(NOW - 600) * 1_000 + at, value=v)
            for i, (at, v) in enumerate(rows)]  # fmt: skip


@given(Rows, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_give_the_same_bars(rows, rng):
    plain, mixed = feed(), feed()
    readings = said(rows)
    for one in readings:
        assert plain.take(one, NOW) is Outcome.TAKEN
    again = readings * 2
    rng.shuffle(again)
    outcomes = [mixed.take(one, NOW) for one in again]
    assert outcomes.count(Outcome.TAKEN) == outcomes.count(Outcome.DUPLICATE) == len(readings)
    bars = plain.close(NOW + 120)
    assert mixed.close(NOW + 120) == bars
    assert sum(bar.value for bar in bars) == sum(v for _, v in rows)


@given(Rows, st.integers(1, 7))
def test_how_often_bars_are_closed_changes_none_of_them(rows, pieces):
    once, often = feed(), feed()
    readings = sorted(said(rows), key=lambda r: r.at_ms)
    for one in readings:
        once.take(one, NOW)
    bars, waiting = [], list(readings)
    for now in range(NOW - 600, NOW + 121, 60 // pieces or 1):
        while waiting and waiting[0].at_ms < now * 1_000:
            assert often.take(waiting.pop(0), now) is Outcome.TAKEN
        bars += often.close(now)
    assert bars == once.close(NOW + 120)


def test_a_bar_without_a_reading_is_unknown_unless_it_was_told_to_be_complete():
    silent, told = feed(), feed()
    for one in (silent, told):
        one.take(reading(NOW - 300, 5), NOW)
        one.take(reading(NOW - 60, 7), NOW)
    told.told_until(NOW)
    values = {bar.begins_s - NOW: bar.value for bar in silent.close(NOW + 60)}
    assert values == {-300: 5, -60: 7}
    values = {bar.begins_s - NOW: bar.value for bar in told.close(NOW + 60)}
    assert values == {-300: 5, -240: 0, -180: 0, -120: 0, -60: 7}


def test_a_clock_that_jumps_makes_no_more_zeros_than_are_kept():
    bars = feed()
    bars.take(reading(NOW, 5), NOW)
    bars.close(NOW + 120)
    later = NOW + 3_000 * 86_400
    bars.told_until(later)
    assert len(bars.close(later)) <= DAYS * 1_440


def test_other_content_of_one_key_does_not_count():
    bars = feed()
    assert bars.take(reading(NOW, 5, "a"), NOW) is Outcome.TAKEN
    assert bars.take(reading(NOW, 6, "a"), NOW) is Outcome.CHANGED
    assert bars.close(NOW + 120) == [Bar(begins_s=NOW, value=5)]


def test_what_is_dated_ahead_or_in_a_closed_bar_is_refused():
    bars = feed()
    assert bars.take(reading(NOW + 61, 1), NOW) is Outcome.FUTURE
    assert bars.take(reading(NOW - DAYS * 86_400 - 1, 1), NOW) is Outcome.LATE
    bars.take(reading(NOW, 1), NOW)
    bars.close(NOW + 120)
    assert bars.take(reading(NOW + 59, 1), NOW + 120) is Outcome.LATE
    assert bars.take(reading(NOW + 60, 1), NOW + 120) is Outcome.TAKEN


def test_a_retry_after_the_bar_closed_is_a_duplicate_and_not_late():
    bars = feed()
    bars.take(reading(NOW, 1), NOW)
    bars.close(NOW + 120)
    assert bars.take(reading(NOW, 1), NOW + 120) is Outcome.DUPLICATE


def test_a_feed_begins_with_history_and_goes_on_from_there():
    bars = feed()
    for minute in range(500):
        assert bars.take(reading(NOW - 86_400 + 60 * minute, minute), NOW) is Outcome.TAKEN
    closed = bars.close(NOW)
    assert [bar.value for bar in closed] == list(range(500))
    assert bars.take(reading(NOW - 3_600, 1), NOW) is Outcome.LATE


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=30))
def test_a_counter_that_only_rises_adds_up_to_its_rise(rises):
    bars, total = feed("counter"), 10**9
    first = total
    for minute, rise in enumerate(rises):
        total += rise
        first = total if minute == 0 else first
        bars.take(reading(NOW + 60 * minute + 30, total), NOW + 60 * minute + 30)
    closed = bars.close(NOW + 60 * len(rises) + 120)
    assert [bar.value for bar in closed] == rises[1:]
    assert sum(bar.value for bar in closed) == total - first


def test_a_counter_that_falls_begins_anew_and_the_bar_of_the_fall_is_unknown():
    bars = feed("counter")
    for minute, total in enumerate([100, 110, 120, 5, 15, 35]):
        bars.take(reading(NOW + 60 * minute, total), NOW + 60 * minute)
    closed = bars.close(NOW + 600)
    assert {(b.begins_s - NOW) // 60: b.value for b in closed} == {1: 10, 2: 10, 4: 10, 5: 20}
    assert bars.falls == 1


def test_a_counters_rise_over_a_silence_belongs_to_no_bar():
    bars = feed("counter")
    for minute, total in ((0, 100), (1, 110), (7, 900), (8, 910)):
        bars.take(reading(NOW + 60 * minute, total), NOW + 600)
    values = {(b.begins_s - NOW) // 60: b.value for b in bars.close(NOW + 700)}
    assert values == {1: 10, 8: 10}


@given(Rows, st.sampled_from(["each", "counter"]), st.integers(0, 12))
def test_a_start_from_what_is_kept_goes_on_as_if_it_had_never_ended(rows, form, minute):
    whole, first = feed(form), feed(form)
    readings = sorted(said(rows), key=lambda r: r.at_ms)
    killed = NOW - 600 + 60 * minute
    bars, kept = [], []
    for one in readings:
        whole.take(one, NOW)
        if one.at_ms < killed * 1_000:
            first.take(one, killed)
            kept.append(one)
    bars += first.close(killed)
    from_ms = first.kept_from_ms()
    second = feed(form, closed_s=first.closed_s)
    second.resume([r for r in kept if r.at_ms >= from_ms], first.until_s)
    for one in readings:
        if one.at_ms >= killed * 1_000:
            assert second.take(one, NOW) is Outcome.TAKEN
    assert bars + second.close(NOW + 120) == whole.close(NOW + 120)


def test_a_bar_whose_sum_cannot_be_is_unknown():
    bars = feed()
    bars.take(Reading(key="a", at_ms=NOW * 1_000, value=BAR_END), NOW)
    assert bars.close(NOW + 120) == []


@pytest.mark.parametrize("step_s", [60, 300])
def test_bars_have_the_length_that_was_declared(step_s):
    bars = feed(step_s=step_s)
    for minute in range(10):
        bars.take(reading(NOW + 60 * minute, 1), NOW + 600)
    closed = bars.close(NOW + 1_200)
    assert [bar.value for bar in closed] == [step_s // 60] * (600 // step_s)


def test_what_could_not_be_kept_is_forgotten():
    bars, one = feed(), reading(NOW, 1)
    bars.take(one, NOW)
    bars.forget([one])
    assert bars.take(one, NOW) is Outcome.TAKEN
