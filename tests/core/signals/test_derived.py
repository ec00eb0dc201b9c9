"""Longer bars: unknown where a part is."""

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.signals.derived import longer
from edgenode.model.signals import Bar

VALUES = st.lists(st.none() | st.integers(0, 100), max_size=40)


@given(VALUES)
def test_five_minutes_are_known_only_if_each_of_them_is(values):
    bars = [Bar(begins_s=60 * i, value=v) for i, v in enumerate(values)]
    found = {bar.begins_s: bar.value for bar in longer(bars, 300)}
    for begins_s, value in found.items():
        parts = values[begins_s // 60 : begins_s // 60 + 5]
        whole = len(parts) == 5 and None not in parts
        assert value == (sum(parts) if whole else None)


def test_spread_depth_and_mid_are_of_what_is_known():
    bars = [
        Bar(begins_s=0, value=1, close_ticks=10, spread_ticks=3, depth_lots=7),
        Bar(begins_s=120, value=1, close_ticks=11, spread_ticks=4, depth_lots=8),
        Bar(begins_s=180, value=1),
    ]
    expected = Bar(begins_s=0, close_ticks=11, spread_ticks=4, depth_lots=7)
    assert list(longer(bars, 300)) == [expected]
    assert list(longer(bars, 60)) == bars
