"""How orders fared at venues, by the ledger's facts alone."""

from edgenode.core.estimate.venues.children import KEPT, OPEN_MAX, WHOLE, Children
from edgenode.core.observations import OrderAsked, Reported
from edgenode.daemon.paper import PaperWorld
from edgenode.model.venue import Finished
from tests.core.orders.sent import fill
from tests.core.world import SECOND, WETH, World, intent

FIGURES = PaperWorld(
    venues=("a", "b"), cost_limit=10**9, event_spend_max=10**9, position_lots=10**6
)


def story(*orders):
    """Return a world in which orders of 100 lots executed so many, and then ended."""
    world = World(FIGURES)
    for number, (venue, filled, reason) in enumerate(orders):
        world.now += 60 * SECOND
        world.publish("a", 150_000)
        world.publish("b", 150_000)
        ask = intent(f"H{number}", account="desk:overlay", venue=venue, lots=100, price=150_100,
                     time_in_force="ioc")  # fmt: skip
        order_id = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
        if filled:
            said = fill(order_id, f"x{number}", filled, venue=venue, price_ticks=150_075)
            world.observe(Reported(said))
        end = Finished(venue=venue, order_id=order_id, reason=reason, cum_lots=filled)
        world.observe(Reported(end))
    return world


def learned(world):
    known = Children()
    for recorded in world.recorded:
        known.take(recorded.fact)
    return known


def test_what_is_executed_of_an_order_and_at_what_shortfall():
    known = learned(story(("a", 100, "filled"), ("a", 40, "canceled"), ("b", 0, "canceled")))
    assert known.fill_ratio("a", WETH) == (1.4 + WHOLE) / (2 + WHOLE)
    assert known.fill_ratio("b", WETH) == WHOLE / (1 + WHOLE)
    assert known.fill_ratio("c", WETH) == 1, "a venue is trusted until it fails"
    assert [(p.lots, round(p.cost_bp, 6)) for p in known.points("a", WETH)] == [(100, 5), (40, 5)]
    assert known.points("b", WETH) == []
    assert known.shares(WETH) == {"a": 1.0, "b": 0.0}


def test_it_is_the_same_however_often_it_begins_anew():
    world = story(*[("a", 100, "filled"), ("b", 30, "canceled")] * 2)
    assert learned(world).ended == learned(world).ended
    assert not learned(world)._open


def test_it_keeps_the_newest_orders_only():
    known = Children()
    facts = [r.fact for r in story(("a", 40, "canceled")).recorded]
    for _ in range(KEPT + 50):
        for fact in facts:
            known.take(fact)
    assert len(known.ended["a", WETH]) == KEPT


def test_orders_that_never_end_are_forgotten_in_time():
    known = Children()
    (gated,) = [r.fact for r in story(("a", 0, "canceled")).recorded if hasattr(r.fact, "saw")]
    for number in range(OPEN_MAX + 10):
        object.__setattr__(gated, "order_id", f"O{number}")
        known.take(gated)
    assert len(known._open) == OPEN_MAX
