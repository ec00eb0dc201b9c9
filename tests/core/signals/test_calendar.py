"""The calendar: rows that are none are told by line and lose no other."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.signals.calendar import COLUMNS, EVENTS_MAX, TOLD_MAX, Scheduled, read
from edgenode.model.instants import instant
from tests.foreign_texts import HOSTILE

NOW = 1_800_000_000
NS = 10**9


def row(begins_s=NOW, ends_s=NOW + 3_600, name="Friday drop", instrument="WETH-USDC"):
    return dict(zip(COLUMNS, (instant(begins_s * NS), instant(ends_s * NS), name, instrument),
                    strict=True))  # fmt: skip


BEGINS = st.integers(0, 4_000_000_000)
EVENTS = st.lists(st.tuples(BEGINS, st.integers(1, 86_400), st.sampled_from("abc")), max_size=20)


@given(EVENTS, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_of_lines_give_the_same_calendar(events, rng):
    rows = [row(begins, begins + length, name) for begins, length, name in events]
    mixed = rows * 2
    rng.shuffle(mixed)
    found = read(enumerate(rows, 2))
    assert found.events == read(enumerate(mixed, 2)).events
    assert found.refused == ()
    assert len(found.events) == len(set(events))


@pytest.mark.parametrize(
    "bad",
    [{}, {"begins": "soon"}, row(ends_s=NOW), row(ends_s=NOW - 1), row(ends_s=NOW + 8 * 86_400),
     row(name=""), row(name="x" * 81), row(name="two\nlines"), row(instrument="x" * 81),
     {**row(), "begins": "2026-12-04T18:00:00"}],
)  # fmt: skip
def test_a_line_that_is_none_is_told_and_loses_no_other(bad):
    found = read([(2, row(name="before")), (3, bad), (4, row(name="after"))])
    assert {event.name for event in found.events} == {"before", "after"}
    ((line, what),) = found.refused
    assert line == 3
    assert what


def test_what_runs_or_begins_soon_is_near():
    found = read(enumerate(row(NOW + at, NOW + at + 60, f"e{at}") for at in (-61, -30, 100, 900)))
    assert [event.name for event in found.near(NOW, 600)] == ["e-30", "e100"]


def test_a_calendar_is_bounded():
    found = read((i, row(NOW + i, NOW + i + 9)) for i in range(EVENTS_MAX + 50))
    assert (len(found.events), len(found.refused)) == (EVENTS_MAX, TOLD_MAX)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_raises(text):
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    rows = [{**row(), column: said} for column in COLUMNS]
    found = read(enumerate(rows))
    assert len(found.events) + len(found.refused) <= len(rows)


def test_times_are_of_their_own_zone():
    begins = datetime(2026, 12, 4, 17, tzinfo=UTC).timestamp()
    rows = {"begins": "2026-12-04T18:00:00+01:00", "ends": "2026-12-04T18:00:00Z", "name": "x"}
    assert read([(2, rows)]).events == (
        Scheduled(begins_s=int(begins), ends_s=int(begins) + 3_600, name="x"),
    )
