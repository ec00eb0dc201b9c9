from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.hedge.band import to_edge

lots = st.integers(-(10**6), 10**6)


@given(lots, lots, st.integers(0, 10**5))
def test_trading_stops_at_the_nearest_edge(target, position, band):
    after = position + to_edge(target, position, band)
    if abs(target - position) <= band:
        assert after == position
    else:
        assert abs(target - after) == band
        assert (target - after) * (target - position) >= 0  # never past the target
