"""Bars are met or not, each by its own figure; the verdict names those that are not."""

import copy

import pytest

from edgenode.sim.popup.bars import bars, verdict

MET = {
    "digest_equal": True,
    "seeds": 500,
    "within_12_min": {"share": 0.95, "low": 0.9, "high": 0.99},
    "arms": {
        "ours-up": {"breaches": 0, "shortfall_es95": 300.0},
        "none-up": {"breaches": 0, "shortfall_es95": 500.0},
    },
    "shortfall_saved": {"ours-up": {"mean": 20.0, "low": 10.0, "high": 30.0}},
    "worst_saved": {"ours-up": {"mean": 200.0, "low": 100.0, "high": 300.0}},
    "total_saved": {"ours-up": {"mean": 900.0, "low": 800.0, "high": 1e3, "share": 0.9}},
    "null_worlds": {"no surge": {"seeds": 50, "loss_mean": 2.0, "loss_es95": 10.0}},
    "premium_declared": 22.5,
    "premium_es95_declared": 90.0,
}


def but(*path, value):
    told = copy.deepcopy(MET)
    place = told
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    told["bars"] = bars(told)
    return told


def test_of_few_seeds_no_bar_is_met_but_one_may_be_missed():
    few = but("seeds", value=19)
    found = {bar["short"]: bar["met"] for bar in few["bars"]}
    assert found["back in 12 minutes"] is found["worst twentieth"] is None
    assert found["cost reduced beyond chance"] is None
    missed = but("seeds", value=500)
    assert all(bar["met"] for bar in missed["bars"])
    nulls = {"seeds": 9, "loss_mean": 2.0, "loss_es95": 10.0}
    assert but("null_worlds", "no surge", value=nulls)["bars"][-1]["met"] is None
    dear = {**nulls, "loss_mean": 1_000.0}
    assert but("null_worlds", "no surge", value=dear)["bars"][-1]["met"] is False


def test_all_may_be_met():
    told = but("seeds", value=500)
    assert all(bar["met"] for bar in told["bars"])
    assert "every bar" in verdict(told)


@pytest.mark.parametrize(
    ("path", "value", "short"),
    [
        (("seeds",), 499, "500 seeds"),
        (("within_12_min", "share"), 0.89, "back in 12 minutes"),
        (("arms", "ours-up", "breaches"), 1, "caps"),
        (("worst_saved", "ours-up", "mean"), -1.0, "worst twentieth"),
        (("shortfall_saved", "ours-up", "low"), -0.01, "cost reduced beyond chance"),
        (("null_worlds", "no surge", "loss_mean"), 22.6, "premium in no surge"),
        (("null_worlds", "no surge", "loss_es95"), 90.1, "premium in no surge"),
    ],
)
def test_each_can_be_missed_alone_and_is_named(path, value, short):
    told = but(*path, value=value)
    missed = [bar["short"] for bar in told["bars"] if bar["met"] is False]
    assert missed == [short]
    assert f"1 of 7 bars are not met: {short}." in verdict(told)


def test_what_may_be_chance_is_said_with_its_interval():
    told = but("shortfall_saved", "ours-up", value={"mean": -33.0, "low": -217.0, "high": 151.0})
    assert "33.00 USDC more than without overlay, which may be chance (-217 to 151" in verdict(
        told
    )
    sure = but("shortfall_saved", "ours-up", value={"mean": 9.0, "low": 8.0, "high": 10.0})
    assert "9.00 USDC less than without overlay and" in verdict(sure)


def test_its_own_measure_is_said_with_its_doubt():
    assert "cost + gamma x risk were 90% less; " in verdict(but("seeds", value=500))
    lost = {"mean": -9.0, "low": -20.0, "high": 2.0, "share": -0.1}
    told = but("total_saved", "ours-up", value=lost)
    assert "risk were 10% more, which may be chance; " in verdict(told)


def test_of_one_seed_nothing_is_known():
    told = but("shortfall_saved", "ours-up", value={"mean": 9.0, "low": None, "high": None})
    assert [bar["met"] for bar in told["bars"]].count(None) == 1
    assert "no interval" in verdict(told)


def test_a_world_that_was_not_lived_through_is_not_known():
    told = but("null_worlds", "no surge", value={"seeds": 0})
    assert told["bars"][-1]["met"] is None


def test_books_that_differ_end_every_claim():
    told = but("digest_equal", value=False)
    assert "nothing here counts" in verdict(told)
    assert "12 minutes" not in verdict(told)
