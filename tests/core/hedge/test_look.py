"""What hedges and quotes see of one market is the same, and nothing where nothing is known."""

from dataclasses import replace

from edgenode.core.hedge.look import look
from tests.core.hedge.test_at_edge import mandate, moved
from tests.core.hedge.test_programme import publish
from tests.core.world import SECOND, WETH


def looked(world):
    rules = world.state.rules
    publish(world)
    return look(world.state, world.seen, rules.policy, rules.instruments[WETH], world.now)


def test_a_market_that_is_seen_has_its_figures_and_edges():
    found = looked(moved())
    assert found.sight.price > 0
    assert found.edges.band_lots > 0


def test_core_counts_where_it_is_reached_and_its_mandate_is_in_force():
    world = moved(linked=True)
    assert looked(world).edges.share_ppm == 0, "no mandate"
    mandate(world, 0)
    assert looked(world).edges.share_ppm > 0
    world.seen.estimates.linked = False
    assert looked(world).edges.share_ppm == 0, "not reached"
    world.seen.estimates.linked = True
    world.now += 3_600 * SECOND
    assert looked(world).edges.share_ppm == 0, "expired"


def test_nothing_is_made_of_what_is_not_known():
    world = moved()
    world.policy(risk_aversion_ppm=0)
    assert looked(world) is None
    world = moved()
    world.seen = replace(world.seen, estimates=None)
    assert looked(world) is None
    world = moved()
    world.books.clear()
    rules = world.state.rules
    assert look(world.state, world.seen, rules.policy, rules.instruments[WETH], world.now) is None
