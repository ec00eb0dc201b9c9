"""The quoter's arms: what is the same in all of them, and what is not."""

import gzip
import math
from dataclasses import replace
from importlib import resources

import pytest

from edgenode.sim import recorded
from edgenode.sim.arms.flow import elastic, orders_between
from edgenode.sim.arms.replay import Window
from edgenode.sim.quoter.arms import ARMS, LIMIT_MEAN_PPM, settings
from edgenode.sim.recorded import MINUTE_NS

MINUTES = 4


@pytest.fixture(scope="session")
def window():
    data = resources.files("edgenode.sim").joinpath(
        "data", "uniswap-v3-polygon-weth-usdc-2022-07-27.csv.gz"
    )
    day = recorded.parse(gzip.decompress(data.read_bytes()).decode())
    return Window(day, day.start_ns + 18 * 60 * MINUTE_NS, MINUTES)


def test_arms_differ_in_their_quotes_alone(window):
    made = dict(settings(window, 0.01))
    assert tuple(made) == ARMS
    for arm, setting in made.items():
        plain = replace(
            setting.figures,
            quote_skew_ppm=0,
            quote_risk_priced=False,
        )
        first = made[replace(arm, policy="fixed")]
        assert plain == first.figures
        assert replace(setting, figures=plain, name="") == replace(first, name="")


def test_customers_ask_the_same_in_every_arm(window):
    asked = {}
    for arm, setting in settings(window, 0.01):
        away = elastic(setting.seed, LIMIT_MEAN_PPM)
        span = setting.from_ns, setting.to_ns
        orders = list(orders_between("n", setting.direction, setting.day, span, 1.0, away))
        assert asked.setdefault(arm.flow, orders) == orders
    assert all(asked.values())


def test_of_elastic_customers_a_share_is_left_that_falls_with_the_distance():
    """The share that would still trade at d is e^(-d / mean): 4 standard errors of 20,000."""
    limits = [elastic(3, 1_000)(at) for at in range(20_000)]
    for distance in (100, 500, 1_000, 2_000):
        left = sum(limit >= distance for limit in limits) / len(limits)
        wanted = math.exp(-distance / 1_000)
        assert left == pytest.approx(wanted, abs=4 * math.sqrt(wanted / len(limits)))
