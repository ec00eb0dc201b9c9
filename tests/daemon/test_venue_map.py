"""The venue map in outward shapes: what is unknown is null, most events come first."""

import json
from dataclasses import replace

from edgenode.core.estimate.market import Estimates
from edgenode.core.state.hedged import HedgeKey
from edgenode.daemon.view.venue_map import venue_map
from tests.core.estimate.venues.test_books import book
from tests.core.estimate.venues.test_hedges import story
from tests.core.world import SECOND, WETH, World


def shown(world, estimates=None):
    seen = replace(world.seen, estimates=estimates or Estimates())
    return json.loads(json.dumps(venue_map(world.state, seen, world.now)))


def test_before_anything_is_known_that_is_said():
    rows = shown(World())["venues"]
    assert [(row["venue"], row["uses"]) for row in rows] == [
        ("a", ["reference", "hedges"]),
        ("b", ["hedges"]),
    ]
    for row in rows:
        assert row["books"] is None
        orders = row["orders"]
        assert (orders["ended"], orders["share"], orders["curve"]) == (0, None, [])


def test_a_box_without_policy_has_no_map():
    assert shown(World(funded=False))["venues"] == []


def test_how_orders_fared_and_what_books_are_like():
    world = story(("a", 100, "filled"), ("b", 40, "canceled"))
    estimates = Estimates()
    estimates.books.saw(book(at_ns=world.now), world.now + 2 * SECOND, 149_985)
    rows = {row["venue"]: row for row in shown(world, estimates)["venues"]}
    assert rows["a"]["books"]["lag_ms"] == 2_000
    assert rows["a"]["books"]["depth"] == "0.90"
    assert rows["a"]["books"]["hours_seen"] == len(rows["a"]["books"]["hours"]) == 1
    assert rows["a"]["orders"]["fill_ratio"] == 1
    assert rows["b"]["orders"]["fill_ratio"] < 1
    assert rows["a"]["orders"]["share"] == round(100 / 140, 4)
    assert rows["a"]["orders"]["curve"][-1] == {"quantity": "1.00", "cost_bp": 5.0}


def test_a_venue_that_fell_silent_is_stale_whatever_its_books_were_like():
    world = story(("a", 100, "filled"))
    rows = {row["venue"]: row for row in shown(world)["venues"]}
    assert not rows["a"]["stale"]
    fresh = rows["a"]["book_age_ms"]
    most = world.state.rules.policy.reference_age_ms_max
    world.now += (most + 1_000) * 1_000_000
    rows = {row["venue"]: row for row in shown(world)["venues"]}
    assert rows["a"]["stale"]
    assert rows["a"]["book_age_ms"] == fresh + most + 1_000


def test_where_most_events_are_traded_comes_first():
    world = story(("a", 100, "filled"), ("b", 100, "filled"))
    (row,) = world.state.hedged.went[HedgeKey("b", WETH)].newest
    world.state.hedged.went[HedgeKey("b", WETH)].newest = [row._replace(event_id="ev")]
    rows = shown(world)["venues"]
    assert [(row["venue"], row["events_30d"]) for row in rows] == [("b", 1), ("a", 0)]
