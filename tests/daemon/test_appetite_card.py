"""Risk aversion as people see it: a sentence, and what less or more of it would mean."""

import json

from edgenode.daemon.page.appetite import card
from edgenode.daemon.view.appetite import appetite
from tests.core.hedge.test_at_edge import moved
from tests.core.hedge.test_programme import publish
from tests.core.world import World


def shown(world):
    return json.loads(json.dumps(appetite(world.state, world.seen, world.now)))


def test_what_it_means_is_told_for_less_as_set_and_more():
    world = moved()
    publish(world)
    (row,) = shown(world)
    assert [one["gamma"] for one in row["meanings"]] == [0.003333, 0.01, 0.03]
    text = card([row])
    assert f"counts as {row['meanings'][1]['holding']} USDC" in text
    assert f"up to {row['meanings'][1]['band']} WETH stay unhedged" in text
    assert text.count("<tr>") == 4


def test_of_a_market_that_is_not_seen_nothing_is_made_up():
    world = moved()
    world.books.clear()
    (row,) = shown(world)
    assert row["meanings"] is None
    assert "not seen yet" in card([row])


def test_a_policy_without_it_has_no_card():
    assert card(shown(World())) == ""
