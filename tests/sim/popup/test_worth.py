"""The overlay's own measure: cost, and exposure at the price of its risk."""

import pytest

from edgenode.sim.arms.score import variances
from edgenode.sim.popup.arms import FROM_MIN, HOUR, TO_MIN, minute_ns
from edgenode.sim.popup.market import made
from edgenode.sim.popup.prior import BASE
from edgenode.sim.popup.worth import saved
from tests.sim.popup.test_report import row

PAIRS = (("ours", "up"), ("ours", "cut"))


def rows(ours_net, ours_cost):
    found = [row("base", seed) for seed in range(1, 4)]
    for one in found:
        for link in ("up", "cut"):
            one["arms"][f"none-{link}"] |= {"cost": 10.0, "net_by_minute": [8.0] * 91}
            one["arms"][f"ours-{link}"] |= {"cost": ours_cost, "net_by_minute": [ours_net] * 91}
    return found


def test_who_holds_the_same_saves_what_costs_less():
    found = saved(rows(8.0, 7.0), 0.01, PAIRS)
    assert {of["mean"] for of in found.values()} == {3.0}


def test_risk_is_priced_by_gamma_and_the_markets_own_variance():
    day = made(BASE, 1, HOUR).local
    whole = sum(variances(day, minute_ns(FROM_MIN), minute_ns(TO_MIN)))
    for gamma in (0.001, 0.1):
        one = saved(rows(2.0, 10.0)[:1], gamma, PAIRS)["ours-up"]
        assert one["mean"] == pytest.approx(gamma * (8**2 - 2**2) * whole, rel=1e-3)


def test_the_share_is_of_what_there_was_without_overlay():
    assert saved(rows(0.0, 0.0), 0.01, PAIRS)["ours-up"]["share"] == 1
    assert saved(rows(8.0, 10.0), 0.01, PAIRS)["ours-up"]["share"] == 0
    assert saved(rows(8.0, 11.0), 0.01, PAIRS)["ours-up"]["mean"] == -1
