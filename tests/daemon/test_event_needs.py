"""Needs, hedges' cost and the band in the report's JSON: decimal texts, and what is not known."""

import pytest

from edgenode.core.observations import Tick, VolumesAhead
from edgenode.core.report.outside import Outside
from edgenode.daemon.view import event_needs
from edgenode.daemon.view.event_report import report
from tests.core.report.lived import begun, drop, ended, folded, hedged, publish
from tests.core.world import SECOND, WETH


@pytest.fixture(scope="module")
def found():
    world = begun()
    publish(world)
    world.observe(VolumesAhead(((WETH, 40_000),)))
    hedged(world)
    hedged(world, name="T2")
    ended(world)
    world.now += SECOND
    publish(world)
    world.observe(Tick())
    return report(folded(world))


def test_what_was_planned_stands_beside_what_was_used(found):
    rows = {row["need"]: row for row in found["needs"]["planned"]}
    assert rows["position_buy"]["needed"] == "400.00"
    assert rows["position_buy"]["used_at_most"] == found["instruments"][0]["hedges"]["bought"]
    assert rows["event_spend"]["used_at_most"] == found["cost"]["used_at_most"]["amount"]
    assert 0 < rows["position_buy"]["used_percent"] < 100
    assert {row["outcome"] for row in found["needs"]["requests"]} == {"unmet"}


def test_a_report_without_a_forecast_has_no_plan_and_no_request():
    needs = report(folded(drop()))["needs"]
    assert needs == {"sized_at": None, "planned": [], "requests": []}


def test_each_hedge_is_told_in_basis_points(found):
    told = found["instruments"][0]["hedges"]["slippage"]
    first, *_, last = told["orders"]
    assert first["expected_bp"] is None
    assert float(last["expected_bp"]) == pytest.approx(float(last["cost_bp"]), abs=0.5)
    assert told["more_orders"] == 0
    assert 0 < told["orders_compared"] < len(told["orders"])


def test_the_band_is_told_in_minutes_from_the_begin(found):
    band = found["instruments"][0]["exposure"]["band"]
    assert band["left_at"] < band["back_at"]
    assert not band["beyond_now"]
    assert float(band["back_after_minutes"]) >= float(band["beyond_minutes_longest"]) > 0


def test_what_is_still_beyond_its_band_is_not_back():
    world = begun()
    fold = folded(world)
    opened = fold.opened.starts
    outside = Outside(since_ns=opened + 30 * SECOND, left_ns=opened, back_ns=opened + SECOND)
    told = event_needs.band(fold, outside)
    assert told["back_after_minutes"] is None
    assert told["beyond_now"]


def test_basis_points_keep_their_sign():
    assert [event_needs._bp(n) for n in (None, 5, -5, 1234)] == [None, "0.05", "-0.05", "12.34"]
