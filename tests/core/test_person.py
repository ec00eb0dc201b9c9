"""What a person says is recorded once, by name, as not automatic."""

from edgenode.core.observations import EventDeclared, PauseAsked, StateAsked
from tests.core.world import START, World

DROP = EventDeclared(
    event_id="e1", source="declared", name="drop", starts=START, ends=START + 1, actor="person:p"
)


def test_a_pause_is_recorded_with_who_asked_and_again_records_nothing():
    world = World()
    pause = PauseAsked(paused=True, hedges=False, reason="r", actor="person:p")
    (made,) = world.observe(pause)
    assert (made.entry.actor, made.entry.automatic) == ("person:p", False)
    assert world.observe(pause) == []
    assert not world.state.limits.hedges_paused
    (more,) = world.facts(PauseAsked(paused=True, hedges=True, reason="r", actor="person:q"))
    assert more.hedges


def test_a_trading_state_holds_for_its_scope():
    world = World()
    world.observe(StateAsked(scope="venue:a", state="halted", reason="r", actor="person:p"))
    assert world.state.limits.states == {"venue:a": "halted"}
    world.observe(StateAsked(scope="venue:a", state="active", reason="r", actor="person:p"))
    assert world.state.limits.states == {}


def test_a_micro_event_is_declared_once():
    world = World()
    (made,) = world.facts(DROP)
    assert (made.event_id, made.ends - made.starts) == ("e1", 1)
    assert world.observe(DROP) == []
