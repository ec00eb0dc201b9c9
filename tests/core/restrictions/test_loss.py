"""Loss stops latch a scope to `reducing`; the day's loss counts from the day's beginning."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import PauseAsked, ReleaseAsked, Tick
from edgenode.core.restrictions.loss import AGREES_PPM, DAY_NS, PPM
from edgenode.core.risk.pnl import total
from edgenode.model.errors import RefusedError
from edgenode.model.facts import RestrictionSet
from tests.core.gate.orders import declare
from tests.core.gate.test_risk_limits import traded
from tests.core.world import START, WETH, World

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


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 10**9), st.integers(140_000, 170_000))
def test_no_wrong_price_at_midnight_hides_what_the_day_loses(wrong, price):
    world = traded(day_loss_max=100 * 10**6, event_loss_max=10**12)
    policy = world.state.rules.policy
    world.now = (world.now // DAY_NS + 1) * DAY_NS
    world.publish("a", wrong)
    world.publish("b", 150_000)
    world.observe(Tick())
    world.now += DAY_NS // 86_400
    world.publish("a", 150_000)
    world.publish("b", 150_000)
    world.observe(Tick())
    begun = total(world.state, world.seen, policy, None, world.now)
    world.publish("a", price)
    world.publish("b", 150_000)
    lost = begun - total(world.state, world.seen, policy, None, world.now)
    world.observe(Tick())
    moved = abs(world.exposure().net_agreed) * 150_000 * AGREES_PPM // PPM
    tick_lot = world.state.rules.instruments[WETH].tick_lot_minor
    if lost > policy.day_loss_max + moved * tick_lot:
        assert ("node", "loss:day") in world.restricted()


def stopped(facts):
    return [(f.scope, f.cause, f.level) for f in facts if isinstance(f, RestrictionSet)]


def test_a_loss_of_the_day_reduces_the_node_until_a_person_releases_it():
    world = traded(day_loss_max=100 * 10**6, event_loss_max=10**12)
    world.publish("a", 155_000)
    assert stopped(world.facts(Tick())) == [("node", "loss:day", "reducing")]
    world.publish("a", 150_000)  # the loss is gone; the stop is not
    world.observe(Tick())
    assert world.restricted() == {("node", "loss:day"): "reducing"}
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
    assert world.restricted() == {("node", "loss:day"): "reducing"}
    world.observe(ReleaseAsked(cause="loss:day", reason="one bad book", actor="person:p"))
    world.observe(Tick())
    assert world.restricted() == {}
    world.assert_refolds()


def test_the_reason_tells_the_loss_and_its_limit():
    world = traded(day_loss_max=100 * 10**6, event_loss_max=10**12)
    world.publish("a", 155_000)
    world.observe(Tick())
    row = world.state.restrictions.find("node", "loss:day")
    assert row.reason == "loss of the day: 197.00 of at most 100.00 USDC"
    assert row.since_ns == world.now


@pytest.mark.parametrize("price", [155_000, None])
def test_a_loss_that_stands_or_cannot_be_told_is_not_released(price):
    world = traded(day_loss_max=100 * 10**6, event_loss_max=10**12)
    world.policy(static_reference_ticks=None)
    world.publish("a", 155_000)
    world.observe(Tick())
    if price is None:
        world.now += HOUR
    with pytest.raises(RefusedError) as caught:
        world.observe(ReleaseAsked(cause="loss:day", reason="never mind", actor="person:p"))
    assert caught.value.code == "EN507"
    assert ("197.00 of at most 100.00 USDC" in str(caught.value)) == (price is not None)
    assert ("node", "loss:day") in world.restricted()


def test_a_loss_of_a_micro_event_reduces_that_event_alone():
    world = traded(day_loss_max=10**12, event_loss_max=100 * 10**6)
    declare(world, "drop")
    world.publish("a", 155_000)
    assert stopped(world.facts(Tick())) == [("event:none", "loss:none", "reducing")]


def test_the_end_of_a_micro_event_lifts_its_loss_and_a_persons_halt_of_it_stays():
    world = World()
    declare(world, "drop", ends_s=10)
    world.restrict("event:drop", "reducing", "loss:drop")
    world.restrict("event:drop", "halted", "person")
    world.now += 10 * 10**9
    world.observe(Tick())
    held = {key: level for key, level in world.restricted().items() if key[0] == "event:drop"}
    assert held == {("event:drop", "person"): "halted"}


def test_an_event_named_day_has_a_loss_of_its_own():
    world = traded(day_loss_max=100 * 10**6, event_loss_max=10**12)
    world.restrict("event:day", "reducing", "loss:day")
    world.publish("a", 155_000)
    assert stopped(world.facts(Tick())) == [("node", "loss:day", "reducing")]
    with pytest.raises(RefusedError):
        world.observe(ReleaseAsked(cause="loss:day", reason="", actor="person:p"))


def causes_of(facts):
    return [f.cause for f in facts if isinstance(f, RestrictionSet)]


def test_what_cannot_be_marked_waits():
    world = traded(static_reference_ticks=None, day_loss_max=-1)
    world.now += HOUR
    assert not [cause for cause in causes_of(world.facts(Tick())) if cause.startswith("loss")]


def test_what_belongs_to_no_event_may_lose_as_much_again_on_the_next_day():
    world = traded(day_loss_max=10**12, event_loss_max=100 * 10**6)
    world.publish("a", 155_000)
    assert stopped(world.facts(Tick())) == [("event:none", "loss:none", "reducing")]
    asked = ReleaseAsked(cause="loss:none", reason="one bad book", actor="person:p")
    with pytest.raises(RefusedError, match="still stands"):
        world.observe(asked)
    world.now += 24 * HOUR
    world.publish("a", 155_000)
    world.observe(Tick())
    world.observe(asked)
    assert stopped(world.facts(Tick())) == []
    world.publish("a", 157_600)
    assert stopped(world.facts(Tick())) == [("event:none", "loss:none", "reducing")]
    world.assert_refolds()
