"""Bars of the own book: a minute without a fill is a zero, one before the start is unknown."""

from edgenode.core.signals.own import OwnBars
from edgenode.model.signals import Bar

NOW = 1_800_000_000


def test_minutes_that_were_heard_whole_have_a_value():
    bars = OwnBars(NOW + 20)
    bars.traded(NOW + 30, "buy", 99)  # in a minute that the box was not there all of
    bars.traded(NOW + 70, "buy", 5)
    bars.traded(NOW + 90, "sell", 2)
    assert bars.close(NOW + 181) == [Bar(begins_s=NOW + 60, value=7, net_lots=3)]
    assert bars.close(NOW + 182) == [Bar(begins_s=NOW + 120, value=0, net_lots=0)]
    assert bars.close(NOW + 182) == []


def test_minutes_that_nobody_was_awake_in_are_unknown_however_many():
    bars = OwnBars(NOW)
    assert len(bars.close(NOW + 602)) == 10
    assert bars.close(NOW + 600 + 3_000 * 86_400) == []
    bars.traded(NOW + 602 + 3_000 * 86_400, "buy", 5)
    assert [bar.value for bar in bars.close(NOW + 662 + 3_000 * 86_400)] == [0, 5]


def test_a_clock_that_is_set_back_closes_nothing_twice():
    bars = OwnBars(NOW)
    assert len(bars.close(NOW + 302)) == 5
    assert bars.close(NOW + 10) == []
    assert len(bars.close(NOW + 362)) == 1
