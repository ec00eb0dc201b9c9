from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.market.quoting import Pricing, quote, widened

PRICING = Pricing(half_spread_ppm=500, skew_ppm=20, net_lots=0, unit_lots=100, size_lots=500)


def made(mid_ticks=150_000, half_spreads_ppm=(500, 500), **pricing):
    return quote(
        mid_ticks=mid_ticks, half_spreads_ppm=half_spreads_ppm,
        pricing=PRICING._replace(**pricing),
    )  # fmt: skip


def test_half_a_spread_on_both_sides():
    found = made()
    assert (found.bid_ticks, found.ask_ticks) == (149_925, 150_075)


def test_a_long_desk_quotes_lower_and_a_short_one_higher():
    assert made(net_lots=1_000).ask_ticks < made().ask_ticks < made(net_lots=-1_000).ask_ticks
    # 10 units x 20 ppm of 150,000 = 30 ticks
    assert made(net_lots=1_000).bid_ticks == 149_895


@given(st.integers(100, 10**7), st.integers(1, 10_000), st.integers(-10_000, 10_000))
def test_it_never_crosses_itself(mid, half, net):
    found = made(mid_ticks=mid, half_spreads_ppm=(half, half), net_lots=net)
    assert 1 <= found.bid_ticks < found.ask_ticks
    assert found.bid_lots == found.ask_lots == 500


@given(st.integers(1_000, 10**7), st.integers(1, 10_000))
def test_rounding_never_favours_the_customer(mid, half):
    found = made(mid_ticks=mid, half_spreads_ppm=(half, half))
    assert found.bid_ticks * 10**6 <= mid * (10**6 - half)
    assert found.ask_ticks * 10**6 >= mid * (10**6 + half)


def test_each_side_has_its_own_half_spread():
    found = made(half_spreads_ppm=(500, 1_000))
    assert (found.bid_ticks, found.ask_ticks) == (149_925, 150_150)


def test_the_half_spread_grows_evenly_as_room_goes_and_rounds_up():
    def at(room):
        return widened(500, 1_000, room_lots=room, size_lots=300)

    assert [at(room) for room in (10**6, 300, 150, 0, -5)] == [500, 500, 750, 1_000, 1_000]
    assert at(299) == 502  # 501.67
