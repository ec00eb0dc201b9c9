"""The one sentence follows the numbers, whichever way they go."""

import pytest

from edgenode.sim.demo import verdict
from edgenode.sim.demo.arms import ARMS
from tests.sim.demo.rows import row_of


def rows(**of_overlay):
    """Return all rows; those with overlay changed."""
    return [row_of(arm, **(of_overlay if arm.overlay else {})) for arm in ARMS]


def test_exposure_leads_and_its_price_follows():
    told = verdict.verdict(rows(), [])
    price = ", for 120 USDC of hedging instead of 40"
    assert f"cut the exposure by 75 % with the link up{price}" in told
    assert f", and by 75 % where it was cut{price};" in told
    assert "all books are equal" in told
    assert "100" not in told, "P&L is chance and no part of it"


def test_the_price_of_a_cut_link_is_told_beside_what_it_bought():
    dearer = [
        row_of(arm, **({"hedge_cost": "204.00"} if arm.overlay and arm.link == "cut" else {}))
        for arm in ARMS
    ]
    told = verdict.verdict(dearer, [])
    assert "where it was cut, for 204 USDC" in told
    assert "204" not in told.partition(", and by")[0]


def test_an_overlay_that_lost_is_said_to():
    assert "raised the exposure by 50 % with the link up" in verdict.verdict(
        rows(rms_exposure="12.00"), []
    )


def test_a_window_that_ends_before_the_cut_says_nothing_of_it():
    told = verdict.verdict([row_of(arm, was_cut=False) for arm in ARMS], [])
    assert "where it was cut" not in told


def test_quiet_hours_without_exposure_are_no_division():
    still = [row_of(arm, rms_exposure="0.00") for arm in ARMS]
    assert "had nothing to do with the link up" in verdict.verdict(still, [])


@pytest.mark.parametrize("link", ["up", "cut"])
def test_an_overlay_that_earns_on_both_flows_is_not_to_be_believed(link):
    made = [
        row_of(arm, **({"trading_pnl": "60.00"} if arm.overlay and arm.link == link else {}))
        for arm in ARMS
    ]
    assert verdict.gains_on_both_flows(made)
    assert verdict.verdict(made, []) == verdict.GAINS
    little = [row | ({"trading_pnl": "50.99"} if row["overlay"] else {}) for row in made]
    assert not verdict.gains_on_both_flows(little)
    once = [row | ({"trading_pnl": "49.99"} if row["flow"] == "mirrored" else {}) for row in made]
    assert not verdict.gains_on_both_flows(once)


def test_books_that_differ_come_before_anything_else():
    apart = [{"node_id": "recorded-on-up", "live": False, "part": "orders"}]
    told = verdict.verdict(rows(trading_pnl="60.00"), apart)
    assert told.startswith("The books differ: arm recorded-on-up and its centre, first in orders.")
