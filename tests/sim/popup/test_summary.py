"""Shares, differences and the verdict, from rows by hand."""

import pytest

from edgenode.sim.popup.prior import NULLS
from edgenode.sim.popup.summary import NAMES, summary, text

PLAIN: dict[str, object] = {
    "cost": 10.0, "loss": 0.0, "shortfall": 10.0, "peak_net": 5.0, "rms_net": 1.0, "area": 60.0,
    "within_min": None, "orders": 0, "hedged_quantity": 0.0, "breaches": 0, "answers": {},
    "digest_equal": True,
}  # fmt: skip


def row(seed, world="base", **ours):
    arms = {name: dict(PLAIN) for name in NAMES}
    arms["ours-up"].update(ours)
    return {"world": world, "seed": seed, "prior": "", "arms": arms, "foresight": {}}


def of(*rows):
    return summary(rows, 0.01)


def test_a_seed_counts_that_is_back_in_time_and_passed_no_cap():
    told = of(
        row(1, within_min=3.0), row(2, within_min=12.0), row(3, within_min=12.1), row(4),
        row(5, within_min=3.0, breaches=1),
    )  # fmt: skip
    assert told["within_12_min"]["share"] == 0.4
    assert told["arms"]["ours-up"]["breaches"] == 1


def test_the_interval_is_wilsons():
    """9 of 10: Wilson (1927) gives .596 to .982 at 95 %."""
    told = of(*(row(n, within_min=1.0 if n else None) for n in range(10)))
    share = told["within_12_min"]
    assert (share["share"], share["low"], share["high"]) == (0.9, 0.5958, 0.9821)


def test_what_is_saved_is_paired_with_its_interval():
    told = of(*(row(n, shortfall=float(n)) for n in range(5)))
    saved = told["shortfall_saved"]["ours-up"]
    assert saved["mean"] == 8  # 10 - mean(0..4)
    assert saved["low"] == pytest.approx(8 - 1.96 * (2.5**0.5) / 5**0.5, abs=0.01)
    assert saved["worse"] == 0
    assert told["shortfall_saved"]["static-up"] == {"mean": 0, "low": 0, "high": 0, "worse": 0}


def test_the_worst_twentieth_is_a_mean_of_the_worst():
    told = of(*(row(n, shortfall=float(n)) for n in range(40)))
    assert told["arms"]["ours-up"]["shortfall_es95"] == 38.5  # of 38 and 39


def test_a_world_without_a_popup_tells_what_the_overlay_loses_there():
    name = next(iter(NULLS))
    told = of(row(1), row(1, name, shortfall=16.0, cost=12.0), row(2, name, shortfall=12.0))
    null = told["null_worlds"][name]
    assert (null["seeds"], null["loss_mean"], null["loss_es95"]) == (2, 4.0, 6.0)
    assert null["loss_mean"] < told["premium_declared"] == 22.5
    assert name in text(told)


def test_the_verdict_says_what_may_be_chance_and_that_books_differ():
    assert "may be chance" in of(row(1, shortfall=1.0), row(2, shortfall=30.0))["verdict"]
    sure = of(row(1, shortfall=1.0), row(2, shortfall=1.0))["verdict"]
    assert "9.00 USDC less than without overlay, and" in sure
    apart = of(row(1, digest_equal=False))
    assert not apart["digest_equal"]
    assert apart["verdict"].startswith("The books of node and centre differ")
