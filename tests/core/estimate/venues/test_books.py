"""What books are like: bounded whatever one says, and by the hour of the week."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.estimate.venues.books import (
    BASIS_BP_MAX,
    KEYS_MAX,
    LAG_MS_MAX,
    MINUTE_NS,
    SPREAD_BP_MAX,
    Books,
    VenueBooks,
)
from edgenode.model.venue import BookView
from tests.core.world import START, WETH

NUMBERS = st.one_of(st.integers(-5, 400_000), st.integers(-(2**70), 2**70))
LEVELS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=3).map(tuple)


def book(mid=150_000, at_ns=START, half=10, lots=90):
    return BookView(
        venue="a", instrument=WETH, published_ns=at_ns, mid_ticks=mid,
        bids=((mid - half, lots),), asks=((mid + half, lots),),
    )  # fmt: skip


@given(st.lists(st.tuples(
    st.builds(BookView, venue=st.just("a"), instrument=st.just(WETH), published_ns=NUMBERS,
              mid_ticks=NUMBERS, bids=LEVELS, asks=LEVELS),
    st.integers(0, 2**62), st.one_of(st.none(), st.integers(1, 2**53)),
)))  # fmt: skip
def test_whatever_is_published_the_figures_stay_bounded(published):
    known = VenueBooks()
    for one, received_ns, reference in published:
        known.take(one, received_ns, reference)
    assert 0 <= (known.spread_bp.value or 0) <= SPREAD_BP_MAX
    assert abs(known.basis_bp.value or 0) <= BASIS_BP_MAX
    assert 0 <= (known.lag_ms.value or 0) <= LAG_MS_MAX


def test_spread_basis_depth_and_lag_are_those_of_steady_books():
    known = VenueBooks()
    for minute in range(200):
        at_ns = START + minute * MINUTE_NS
        known.take(book(at_ns=at_ns - 3_000_000_000), at_ns, 149_985)
    assert round(known.spread_bp.value, 6) == round(20 / 150_000 * 10_000, 6)
    assert round(known.basis_bp.value, 6) == round(15 / 149_985 * 10_000, 6)
    assert (round(known.depth_lots.value), round(known.lag_ms.value)) == (90, 3_000)


def test_a_change_is_half_known_after_the_half_life():
    known = VenueBooks()
    for minute in range(2_000):
        known.take(book(half=10 if minute < 1_940 else 20), START + minute * MINUTE_NS, None)
    assert round(known.spread_bp.value / (20 / 150_000 * 10_000), 2) == 1.5


def test_one_minute_counts_once():
    known = VenueBooks()
    known.take(book(half=10), START, None)
    before = known.spread_bp.value
    known.take(book(half=500), START + MINUTE_NS // 2, None)
    assert known.spread_bp.value == before


@given(st.integers(0, 10**6))
def test_hours_are_those_of_the_week_from_monday(hour):
    known = VenueBooks()
    at = datetime.fromtimestamp(hour * 3_600, UTC)
    known.take(book(), hour * 60 * MINUTE_NS, None)
    (seen,) = [number for number, minutes in enumerate(known.hours) if minutes]
    assert seen == at.weekday() * 24 + at.hour
    assert known.open_hours == 1


def test_so_many_venues_are_known_and_no_more():
    known = Books()
    for number in range(KEYS_MAX + 5):
        known.saw(replace(book(), venue=f"v{number}"), START, None)
    assert len(known.known) == KEYS_MAX
