"""Shares, differences and the verdict, from rows by hand."""

from dataclasses import asdict

import pytest

from edgenode.sim.popup.prior import BASE, LATE, NULLS
from edgenode.sim.popup.seeds import Plan
from edgenode.sim.popup.summary import NAMES, summary, text

PLAIN: dict[str, object] = {
    "cost": 10.0, "loss": 0.0, "shortfall": 10.0, "peak_net": 5.0, "rms_net": 1.0, "area": 60.0,
    "within_min": None, "orders": 0, "hedged_quantity": 0.0, "breaches": 0,
    "answers": {}, "cap_left": 400.0, "cash_least": 9.0, "capital_hours": 0.0,
    "net_by_minute": [0.0, 1.0],
    "digest_equal": True,
}  # fmt: skip


def row(seed, world="base", **ours):
    arms = {name: dict(PLAIN) for name in NAMES}
    arms["ours-up"].update(ours)
    return {
        "world": world, "seed": seed, "prior": "", "arms": arms,
        "foresight": {"cost": 1.0, "rms_net": 0.5}, "parameters": asdict(BASE),
    }  # fmt: skip


def of(*rows):
    return summary(Plan(0.01, len(rows), 0).told, rows)


def test_a_seed_counts_that_is_back_in_time_and_passed_no_cap():
    told = of(
        row(1, within_min=3.0), row(2, within_min=12.0), row(3, within_min=12.1), row(4),
        row(5, within_min=3.0, breaches=1),
    )  # fmt: skip
    assert told["within_12_min"]["share"] == 0.4
    assert told["arms"]["ours-up"]["breaches"] == 1


def test_what_is_saved_is_paired_with_its_interval():
    told = of(*(row(n, shortfall=float(n)) for n in range(5)))
    saved = told["shortfall_saved"]["ours-up"]
    assert saved["mean"] == 8  # 10 - mean(0..4)
    assert saved["low"] == pytest.approx(8 - 2.776 * (2.5**0.5) / 5**0.5, abs=0.01)
    assert saved["worse"] == 0
    assert told["shortfall_saved"]["static-up"] == {
        "mean": 0, "low": 0, "high": 0, "worse": 0
    }  # fmt: skip


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


def test_another_announcement_is_compared_with_the_same_seeds():
    told = of(
        row(1, shortfall=5.0), row(2, shortfall=9.0),
        row(2, LATE, shortfall=8.0), row(3, LATE, shortfall=1.0),
        row(1, "no surge", shortfall=12.0),
    )["placebo"]  # fmt: skip
    assert told["seeds"] == 1
    assert told["shortfall_changed"]["mean"] == -1.0
    assert told["saved_without_surge"]["mean"] == -2.0


def test_an_outage_costs_what_the_cut_arm_lost_more():
    told = of(row(1), row(2))
    assert told["outage_costs"]["ours"]["mean"] == 0
    cut = row(1)
    cut["arms"]["ours-cut"]["shortfall"] = 13.0
    assert of(cut)["outage_costs"]["ours"]["mean"] == 3.0


def test_drawn_worlds_are_told_apart_from_the_base():
    rows = [row(1), *(row(n, "drawn", shortfall=4.0) for n in range(15))]
    told = of(*rows)
    assert told["seeds"] == 1
    assert told["drawn"]["shortfall_saved"]["up"]["mean"] == 6.0
    assert told["regions"][0]["worlds"] == 15
    rows[1]["parameters"]["surge"] = 1.0
    rows[2]["arms"]["ours-up"]["within_min"] = 3.0
    share = of(*rows)["drawn"]["within_12_min"]
    assert (share["of"], share["share"]) == (14, round(1 / 14, 4)), "who fizzled is left out"
    assert of(row(1))["drawn"] == {"seeds": 0}


def test_books_that_differ_anywhere_are_said_first():
    apart = of(row(1), row(1, "drawn", digest_equal=False))
    assert not apart["digest_equal"]
    assert apart["verdict"].startswith("The books of node and centre differ")
    assert text(apart).startswith(apart["verdict"])
