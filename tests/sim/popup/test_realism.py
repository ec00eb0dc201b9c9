"""Statistics of markets: right where they are known, and told of both."""

import math
import random

import pytest

from edgenode.sim.popup import realism
from edgenode.sim.popup.prior import BASE
from edgenode.sim.recorded import Minute, RecordedDay


def day(sample):
    """Return a day whose minutes are drawn by a function of (chance, minute)."""
    chance = random.Random(1)
    price, minutes = math.log(1_500), []
    for at in range(1_440):
        move, flow, volume = sample(chance, at)
        price += move
        minutes.append(Minute(price, int(1.25e18), flow, volume))
    return RecordedDay(0, minutes)


def of(sample):
    return realism.statistics_of([day(sample)], range(1, 1_440))


def test_a_normal_walk_has_no_kurtosis_and_no_clustering():
    found = of(
        lambda chance, _: (chance.gauss(0, 1e-3), 0.0 + chance.gauss(0, 1), 10.0 + chance.random())
    )
    assert found["kurtosis"] == pytest.approx(0, abs=0.4)
    assert found["clustering"] == pytest.approx(0, abs=0.08)


def test_calm_and_wild_hours_are_clustering():
    found = of(
        lambda chance, at: (
            chance.gauss(0, 1e-3 * (1 + 9 * (at // 60 % 2))),
            chance.gauss(0, 1),
            1 + chance.random(),
        )
    )
    assert found["clustering"] > 0.3


def test_an_elasticity_and_an_impact_are_found_again():
    def sample(chance, _):
        volume, flow = math.exp(chance.gauss(2, 1)), chance.gauss(0, 1)
        return 1e-4 * volume**0.6 * math.copysign(1, flow), flow, volume

    assert of(sample)["elasticity"] == pytest.approx(0.6, abs=0.01)
    paid = of(lambda chance, _: ((f := chance.gauss(0, 1)) * 0.5e-4, f, 1 + chance.random()))
    assert paid["impact_bp"] == pytest.approx(0.5, abs=0.01)


def test_fano_is_of_hours():
    """Hours of 60 and of 180 WETH by turns: mean 120, variance 3600 x n / (n - 1)."""
    found = of(
        lambda chance, at: (chance.gauss(0, 1e-3), chance.gauss(0, 1), (1.0, 3.0)[at // 60 % 2])
    )
    assert found["fano"] == pytest.approx(3_600 / 120, rel=0.06)


def test_both_are_told_by_every_statistic():
    told = realism.realism(BASE, range(2))
    assert set(told) == set(realism.NAMES) == set(realism.MEANINGS)
    for name, columns in told.items():
        assert columns["recorded"] is not None
        assert columns["calm"] is not None, name
    assert told["fano"]["surge"] is None, "one hour has no variance"
    assert told["depth"]["surge"] < told["depth"]["calm"]
