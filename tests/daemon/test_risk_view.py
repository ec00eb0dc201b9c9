"""The risk of the live book as the API, the metrics and the command show it."""

import json
from dataclasses import replace

from edgenode.core.estimate.stops.basis import MINUTE_NS
from edgenode.daemon.view import stress
from edgenode.daemon.view.metrics import metrics
from edgenode.daemon.view.risk import risk
from edgenode.daemon.view.units import Json
from tests.core.restrictions.test_stress import CAUSE, PRICE, Watched
from tests.core.risk.test_split import lived
from tests.core.world import WETH, World
from tests.daemon.test_exposed import Node

NO_FORECAST: Json = {"instruments": []}


def shown(world, forecast=NO_FORECAST):
    return json.loads(json.dumps(risk(world.state, world.seen, forecast, world.now)))


def test_a_box_without_policy_has_nothing_to_show():
    found = shown(World(funded=False))
    assert [found[key] for key in ("currency", "pnl", "shocks", "triggers")] == [None, [], [], []]


def test_the_pnl_is_shown_in_every_dimension_with_its_currency():
    found = shown(lived([("buy", 50, 150_000), ("buy", 20, 150_400)]))
    assert {row["by"] for row in found["pnl"]} == {
        "all", "event", "venue", "desk", "instrument", "currency",
    }  # fmt: skip
    by = {(row["by"], row["name"]): row["pnl"] for row in found["pnl"]}
    assert by["all", "all"] == by["all", "worst"] == by["venue", "local"] == by["currency", "USDC"]
    assert all(row["currency"] == "USDC" for row in found["pnl"])


def test_scenarios_are_shown_with_their_percent_and_what_cannot_be_told_is_null():
    world = lived([("buy", 50, 150_000)])
    rows = {(row["scenario"], row["percent"]): row for row in shown(world)["shocks"]}
    assert rows["price", "+10"]["pnl"] == "-75.00"
    assert rows["depeg USDC", "-10"]["pnl"].startswith("-")
    world.policy(static_reference_ticks=None)
    world.now += 60 * MINUTE_NS
    rows = {(row["scenario"], row["percent"]): row for row in shown(world)["shocks"]}
    assert rows["price", "+10"]["pnl"] is None
    assert rows["price", "+10"]["note"] == "no fresh price or rate: WETH-USDC"


def test_a_trigger_is_shown_from_warming_to_stopped():
    told = Watched("a")
    (row,) = shown(told.world)["triggers"]
    assert (row["kind"], row["state"], row["stopped"]) == ("basis", "quiet", False)
    told.lives(4, a=PRICE + 210)
    (row,) = shown(told.world)["triggers"]
    assert (row["state"], row["stopped"]) == ("warns", False)
    told.lives(5, a=PRICE * 2)
    (row,) = shown(told.world)["triggers"]
    assert (row["state"], row["stopped"], row["cause"]) == ("stops", True, CAUSE)
    assert row["since"].startswith("2022-07-27T")
    assert stress.problems([row]) == []  # its restriction is told instead


def test_what_a_person_released_while_it_stood_is_still_told():
    told = Watched("a")
    told.lives(5, a=PRICE * 2)
    told.release()
    (problem,) = stress.problems(stress.rows(told.world.state, told.world.seen))
    assert (problem["code"], problem["severity"]) == ("EN602", "warning")


def test_a_forecast_that_lost_its_skill_is_shown_with_why():
    ahead = {"minutes": 30, "fallback": {"why": "its 90 % band held 71 %", "since": "then"}}
    stands = {"minutes": 5, "fallback": None}
    source = {"source": "venue:a/WETH-USDC", "horizons": [stands, ahead]}
    forecast = {"instruments": [{"instrument": WETH, "sources": [source]}]}
    (row,) = shown(World(), forecast)["forecasts"]
    assert (row["minutes"], row["why"]) == (30, "its 90 % band held 71 %")


def test_status_verdict_and_metrics_show_a_stop():
    told, node = Watched("a"), Node.__new__(Node)
    told.lives(5, a=PRICE * 2)
    node.__init__(told.world.figures)
    node.world.state, node.world.now = told.world.state, told.world.now
    node.world.seen = replace(told.world.seen)
    status = node.status()
    assert status["verdict"] == "HOLD"
    assert [row["cause"] for row in status["triggers"] if row["stopped"]] == [CAUSE]
    text = metrics(status, risk=shown(told.world))
    where = 'kind="basis",venue="a",instrument="WETH-USDC"'
    assert f'edgenode_trigger_state{{{where},state="stops"}} 1' in text
    assert f"edgenode_trigger_share{{{where}}} " in text
    assert 'edgenode_pnl{by="all",name="all",currency="USDC"} ' in text
    assert 'edgenode_shock_pnl{scenario="price",percent="+10"} ' in text
    assert f'cause="{CAUSE}"' in text
