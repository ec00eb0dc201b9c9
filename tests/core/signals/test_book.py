"""Bars of published books: what no book told is unknown, never zero."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.signals.book import BookBars
from edgenode.model.signals import Bar, Outcome
from edgenode.model.venue import BookView

NOW = 1_800_000_000
S = 1_000_000_000
BOOK = BookView(
    venue="a", instrument="WETH-USDC", published_ns=NOW * S, mid_ticks=150_000,
    bids=((149_990, 10), (149_000, 50)), asks=((150_010, 8), (150_300, 4), (151_000, 99)),
    volume_lots=0,
)  # fmt: skip


def book(at_s, volume=0, **more):
    return replace(BOOK, published_ns=round(at_s * S), volume_lots=volume, **more)


def test_the_first_book_of_a_minute_tells_the_volume_of_the_minute_before():
    bars = BookBars()
    for at, volume in ((5, 1), (65, 70), (80, 71), (125, 30)):
        assert bars.take(book(NOW + at, volume), NOW + at) is Outcome.TAKEN
    closed = bars.close(NOW + 240)
    assert [(b.begins_s - NOW, b.value) for b in closed] == [(0, 70), (60, 30), (120, None)]


def test_spread_depth_and_mid_are_of_their_minute():
    bars = BookBars()
    bars.take(book(NOW + 5), NOW + 5)
    wide = ((150_031, 5),)
    bars.take(book(NOW + 50, mid_ticks=150_001, asks=wide), NOW + 50)
    (bar,) = bars.close(NOW + 120)
    # spreads 20 and 41, rounded up; within 50 bp of the mid 10 and 12 lots, then 10 and 5
    assert bar == Bar(begins_s=NOW, close_ticks=150_001, spread_ticks=31, depth_lots=7)


def test_a_minute_that_was_not_heard_has_no_bar():
    bars = BookBars()
    for at in (5, 65, 305, 365):
        bars.take(book(NOW + at, 9), NOW + at)
    valued = [b.begins_s - NOW for b in bars.close(NOW + 480) if b.value is not None]
    assert valued == [0, 240, 300]


def test_the_same_book_again_counts_once_and_a_closed_minute_is_late():
    bars = BookBars()
    assert bars.take(book(NOW + 5), NOW + 5) is Outcome.TAKEN
    assert bars.take(book(NOW + 5), NOW + 6) is Outcome.DUPLICATE
    assert bars.take(book(NOW + 500), NOW) is Outcome.FUTURE
    bars.close(NOW + 120)
    assert bars.take(book(NOW + 30), NOW + 120) is Outcome.LATE
    assert bars.take(book(NOW - 86_400), NOW + 120) is Outcome.LATE


def test_a_date_that_cannot_be_begins_no_history():
    bars = BookBars()
    assert bars.take(book(5), NOW) is Outcome.LATE
    assert bars.close(NOW + 600) == []


@given(
    st.lists(st.tuples(st.integers(0, 599), st.integers(0, 1_000)), min_size=1, max_size=40,
             unique_by=lambda one: one[0]),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_any_order_within_the_time_that_bars_are_open_gives_the_same_volumes(told, rng):
    def values(order):
        bars = BookBars(NOW - 60)
        for at, volume in order:
            bars.take(book(NOW + at, volume), NOW + 420)
        return [(b.begins_s, b.value, b.spread_ticks, b.depth_lots) for b in bars.close(NOW + 700)]

    mixed = list(told)
    rng.shuffle(mixed)
    assert values(sorted(told)) == values(mixed)


def test_a_one_sided_book_tells_volume_alone():
    bars = BookBars()
    bars.take(book(NOW, asks=()), NOW)
    bars.take(book(NOW + 60, 7, bids=()), NOW + 60)
    assert bars.close(NOW + 180) == [Bar(begins_s=NOW, value=7)]


@given(
    st.lists(st.tuples(st.integers(0, 59), st.sampled_from(("both", "bids", "asks", "none"))),
             min_size=1, max_size=20, unique_by=lambda one: one[0]),
)  # fmt: skip
def test_a_minute_closes_at_its_newest_book_with_both_sides_in_any_order(told):
    bars = BookBars()
    for at, sides in told:
        bids, asks = (
            BOOK.bids * (sides in ("both", "bids")),
            BOOK.asks * (sides in ("both", "asks")),
        )
        bars.take(book(NOW + at, mid_ticks=150_000 + at % 10, bids=bids, asks=asks), NOW + 59)
    whole = [at for at, sides in told if sides == "both"]
    closes = [bar.close_ticks for bar in bars.close(NOW + 120)]
    assert closes == ([150_000 + max(whole) % 10] if whole else [])
