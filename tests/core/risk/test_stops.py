"""Loss stops latch a scope to `reducing`; the day's loss counts from the day's beginning."""

from edgenode.core.observations import StateAsked, Tick
from tests.core.gate.orders import declare
from tests.core.gate.test_risk_limits import traded
from tests.core.world import START, World

HOUR = 3_600 * 1_000_000_000


def kinds(facts):
    return [type(fact).__name__ for fact in facts if type(fact).__name__ != "HedgeProgramme"]


def test_a_day_begins_once_and_with_the_pnl_of_that_moment():
    world = World()
    world.publish("a", 150_000)
    (fact,) = [f for f in world.facts(Tick()) if hasattr(f, "day")]
    assert (fact.day, fact.pnl_minor) == (START // (24 * HOUR), 0)
    assert "TradingDayOpened" not in kinds(world.facts(Tick()))
    world.now += 24 * HOUR
    world.publish("a", 150_000)
    assert "TradingDayOpened" in kinds(world.facts(Tick()))


def test_a_loss_of_the_day_reduces_the_node_until_a_person_resumes():
    world = traded(day_loss_max=100 * 10**6, event_loss_max=10**12)
    world.publish("a", 155_000)
    stopped = [f for f in world.facts(Tick()) if hasattr(f, "state")]
    assert [(f.scope, f.state) for f in stopped] == [("node", "reducing")]
    world.publish("a", 150_000)  # the loss is gone; the stop is not
    world.observe(Tick())
    assert world.state.limits.states == {"node": "reducing"}
    world.observe(StateAsked(scope="node", state="active", reason="", actor="person:p"))
    world.observe(Tick())
    assert world.state.limits.states == {}
    world.assert_refolds()


def test_a_loss_of_a_micro_event_reduces_that_event_alone():
    world = traded(day_loss_max=10**12, event_loss_max=100 * 10**6)
    declare(world, "drop")
    world.publish("a", 155_000)
    stopped = [f for f in world.facts(Tick()) if hasattr(f, "state")]
    assert [(f.scope, f.state) for f in stopped] == [("event:none", "reducing")]


def test_what_cannot_be_marked_waits():
    world = traded(static_reference_ticks=None, day_loss_max=-1)
    world.now += HOUR
    assert "TradingStateSet" not in kinds(world.facts(Tick()))
