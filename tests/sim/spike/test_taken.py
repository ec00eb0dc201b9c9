"""What each venue took, from a venue's truth by hand; test_runs holds it against whole arms."""

from types import SimpleNamespace

import pytest

from edgenode.sim.spike.taken import Taken, taken


def told(**truth):
    return taken(SimpleNamespace(facts=list, truth={"a": [], "b": [], "core": [], **truth}))


@pytest.mark.parametrize(("side", "behind"), [("buy", 0.4), ("sell", -0.4)])
def test_a_late_venue_is_behind_by_what_it_is_dearer_than_a_is_now(side, behind):
    fills = [{"side": side, "price_ticks": 150_020, "present_ticks": 150_000, "lots": 200}]
    assert told(b=fills)["b"].behind == pytest.approx(behind)


def test_a_venue_without_orders_took_nothing_and_has_no_price():
    assert told()["a"].as_json() == {
        "orders": 0, "asked": 0.0, "filled": 0.0, "cost": 0.0, "cost_bp": None, "behind": 0.0,
    }  # fmt: skip
    assert set(told()) == {"a", "b"}


def test_the_cost_in_basis_points_is_of_what_was_traded():
    assert Taken(filled_lots=100, notional=1_500.0, cost=1.5).as_json()["cost_bp"] == 10
