"""Rows of text: exact, or refused with what is wrong."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.signals.rows import Row, reading_of
from edgenode.model.errors import RefusedError
from edgenode.model.money import format_decimal
from edgenode.model.signals import VALUE_END, Source
from tests.foreign_texts import HOSTILE

FEED = Source(id="feed:x", instrument="WETH-USDC", decimals=3)
INSTANTS = st.datetimes(datetime(1970, 1, 3), datetime(2262, 1, 1))  # noqa: DTZ001


def read(t, v="1", **more):
    return reading_of(Row(t=t, v=v, **more), FEED)


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_a_time_means_the_same_in_every_zone(at, offset_min):
    at = at.replace(tzinfo=UTC, microsecond=0)
    there = at.astimezone(timezone(timedelta(minutes=offset_min)))
    assert read(there.isoformat()) == read(str(int(at.timestamp())))


@given(st.integers(0, VALUE_END - 1))
def test_a_value_is_read_exactly(value):
    assert read("1800000000", format_decimal(value, 3)).value == value


@pytest.mark.parametrize(
    "t",
    ["2022-02-30T00:00:00Z", "2022-13-01T00:00:00Z", "2022-07-27T18:00:00", "yesterday", "",
     "1800000000000", "-5", "1e9", "1969-12-31T23:59:59Z", "NaN", "9" * 400],
)  # fmt: skip
def test_a_time_that_cannot_be_is_refused(t):
    with pytest.raises(RefusedError) as caught:
        read(t)
    assert (caught.value.code, bool(caught.value.expected)) == ("EN002", True)


@pytest.mark.parametrize(
    "v", ["-1", "1.0001", "NaN", "inf", "1e6", "1,000", "", "EX", "9" * 17, str(VALUE_END)]
)
def test_a_value_that_cannot_be_is_refused(v):
    with pytest.raises(RefusedError) as caught:
        read("1800000000", v)
    assert (caught.value.code, bool(caught.value.expected)) == ("EN002", True)


def test_a_naive_time_counts_by_the_feeds_offset():
    """FXCM's files are at UTC-05 and do not say so."""
    source = Source(id="feed:x", instrument="WETH-USDC", offset_min=-300)
    found = reading_of(Row(t="2022-07-27 13:00:00", v="1"), source)
    assert found.at_ms == read("2022-07-27T18:00:00Z").at_ms
    said = reading_of(Row(t="2022-07-27T18:00:00Z", v="1"), source)
    assert said.at_ms == found.at_ms


def test_an_id_names_a_row_and_else_its_time_does():
    assert read("1800000000", id="order-7").key == "iorder-7"
    assert read("1800000000").key == "t1800000000000"
    with pytest.raises(RefusedError):
        read("1800000000", id="x" * 65)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_raises_anything_else(text):
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    for row in (Row(t=said, v="1"), Row(t="1800000000", v=said), Row("1800000000", "1", said)):
        with suppress(RefusedError):
            reading_of(row, FEED)
