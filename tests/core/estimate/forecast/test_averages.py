import math

import pytest

from edgenode.core.estimate.forecast.averages import Averages


def test_the_first_bars_weigh_as_in_a_plain_mean_and_later_ones_by_the_half_life():
    averages = Averages(30.0)
    for value in (1.0, 3.0):
        averages.take(value, 1.0)
    assert averages.local == 2.0
    for _ in range(200):
        averages.take(7.0, 1.0)
    before = averages.local
    averages.take(107.0, 1.0)
    assert averages.local - before == pytest.approx(50, rel=1e-3), "half of a half-life's news"


def test_features_are_logs_relative_to_the_base():
    averages = Averages(5.0)
    for _ in range(3):
        averages.take(9.0, 1.0)
    assert averages.base == pytest.approx(math.log(10))
    assert averages.features(1.0) == pytest.approx([0.0] * 8)


def test_a_missing_bar_moves_the_fast_averages_to_what_is_usual_and_leaves_the_slow_ones():
    averages = Averages(5.0)
    averages.take(100.0, 1.0)
    for _ in range(500):
        averages.miss(10.0, 1.0)
    assert averages.logs[:4] == pytest.approx([math.log(11)] * 4, abs=1e-3)
    assert averages.logs[4:] == pytest.approx([math.log(101)] * 2)
    assert (averages.day, averages.local) == (100.0, pytest.approx(10.0, abs=1e-6))
