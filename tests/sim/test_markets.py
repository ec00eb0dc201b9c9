"""The recorded venue: whatever we took from it, the book that it shows is one to believe."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from edgenode.sim.recorded import MINUTE_NS, SECOND_NS, load
from edgenode.sim.venue.ladder import Ladder
from edgenode.sim.venue.markets import RecordedMarket

FAR = {"buy": 10**9, "sell": 1}  # a limit that any price is within


@cache
def ladder():
    return Ladder(load("2022-07-27"))


TAKES = st.lists(
    st.tuples(st.sampled_from(("buy", "sell")), st.integers(1, 600), st.integers(0, 90)),
    max_size=6,
)


@given(TAKES, st.integers(0, 59))
def test_its_mid_is_the_recorded_one_and_lies_within_its_levels(takes, minute):
    day = ladder().day
    now = day.start_ns + (18 * 60 + minute) * MINUTE_NS
    market = RecordedMarket(ladder())
    for side, lots, wait_s in takes:
        now += wait_s * SECOND_NS
        market.take(side, FAR[side], lots, now)
    shown = market.publish(now)
    assert shown.mid_ticks == day.mid_ticks(now)
    assert shown.bids[0].price_ticks < shown.mid_ticks < shown.asks[0].price_ticks


@given(st.sampled_from(("buy", "sell")), st.integers(1, 600), st.integers(0, 300))
def test_it_fills_at_what_it_shows_or_better(side, lots, wait_s):
    """Our impact makes its own side worse; the other one is never shown better than it fills."""
    now = ladder().day.start_ns + 18 * 60 * MINUTE_NS
    market = RecordedMarket(ladder())
    market.take(side, FAR[side], lots, now)
    now += wait_s * SECOND_NS
    shown = market.publish(now)
    for taker, levels in (("buy", shown.asks), ("sell", shown.bids)):
        (first, *_) = market.levels(taker, now)
        better = min if taker == "buy" else max
        assert better(first.price_ticks, levels[0].price_ticks) == first.price_ticks
