"""What a person says is recorded once, by name, as not automatic."""

from dataclasses import replace

import pytest

from edgenode.core.observations import EventDeclared, PauseAsked, StateAsked, Tick
from edgenode.model.errors import RefusedError
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
    assert world.restricted() == {("node", "person"): "reducing"}
    (more,) = world.facts(PauseAsked(paused=True, hedges=True, reason="r", actor="person:q"))
    assert (more.scope, more.level) == ("account:desk:overlay", "halted")
    assert world.facts(pause) == [], "a pause loosens nothing, whoever asks for it"


def test_a_trading_state_holds_for_its_scope():
    world = World()
    world.observe(StateAsked(scope="venue:a", state="halted", reason="r", actor="person:p"))
    assert world.restricted() == {("venue:a", "person:scope"): "halted"}
    world.observe(StateAsked(scope="venue:a", state="active", reason="r", actor="person:p"))
    assert world.restricted() == {}


CAUSES = ("person", "kill", "loss:day", "stress:x", "restore:a", "centre", "disk", "clock",
          "stale:a", "no_rate", "forecast")  # fmt: skip


def test_a_resume_lifts_the_persons_pause_and_nothing_else():
    world = World()
    world.observe(PauseAsked(paused=True, hedges=True, reason="r", actor="person:p"))
    for cause in CAUSES[1:]:
        world.restrict("node", "reducing", cause)
    world.restrict("venue:a", "halted", "person")
    resumed = PauseAsked(paused=False, hedges=False, reason="", actor="person:q")
    kinds = [type(fact).__name__ for fact in world.facts(resumed)]
    assert kinds == ["RestrictionLifted", "RestrictionLifted"]
    left = {("node", cause): "reducing" for cause in CAUSES[1:]}
    assert world.restricted() == {**left, ("venue:a", "person"): "halted"}
    assert world.facts(resumed) == []
    world.assert_refolds()


def test_a_pause_never_loosens_a_halt():
    world = World()
    world.observe(StateAsked(scope="node", state="halted", reason="r", actor="person:p"))
    for paused in (True, False):
        world.observe(PauseAsked(paused=paused, hedges=False, reason="r", actor="person:q"))
        assert world.state.restrictions.level() == "halted"
    assert world.restricted() == {("node", "person:scope"): "halted"}


@pytest.mark.parametrize("paused", [True, False])
def test_no_pause_or_resume_touches_what_a_person_restricted_by_name(paused):
    world = World()
    halt = StateAsked(scope="account:desk:overlay", state="halted", reason="r", actor="person:p")
    world.observe(halt)
    world.observe(PauseAsked(paused=True, hedges=True, reason="r", actor="person:q"))
    world.observe(PauseAsked(paused=paused, hedges=False, reason="r", actor="person:q"))
    assert world.state.restrictions.level("account:desk:overlay") == "halted"
    world.observe(replace(halt, state="active"))
    world.observe(PauseAsked(paused=False, hedges=False, reason="r", actor="person:q"))
    assert world.restricted() == {}


def test_a_micro_event_is_declared_once():
    world = World()
    (made,) = world.facts(DROP)
    assert (made.event_id, made.ends - made.starts) == ("e1", 1)
    assert world.observe(DROP) == []


@pytest.mark.parametrize(
    ("scope", "state", "code"),
    [
        ("node", "stopped", "EN002"),
        ("node", "", "EN002"),
        ("everything", "halted", "EN006"),
        ("venue:A", "halted", "EN006"),
        ("venue", "halted", "EN006"),
        ("instrument:WETH", "halted", "EN006"),
        ("event:e1", "halted", "EN006"),
    ],
)
def test_a_state_or_scope_that_nothing_looks_at_is_refused(scope, state, code):
    world = World()
    size = world.state.size
    with pytest.raises(RefusedError) as caught:
        world.observe(StateAsked(scope=scope, state=state, reason="r", actor="person:p"))
    assert (caught.value.code, world.state.size) == (code, size)


@pytest.mark.parametrize(
    "scope", ["node", "venue:b", "instrument:WETH-USDC", "event:e1", "account:desk:book"]
)
def test_a_scope_that_is_known_is_halted_and_freed_again(scope):
    world = World()
    world.observe(DROP)
    for state in ("halted", "active"):
        world.observe(StateAsked(scope=scope, state=state, reason="r", actor="person:p"))
    world.observe(StateAsked(scope="event:e1", state="halted", reason="r", actor="person:p"))
    world.observe(Tick())
    world.now += 1
    world.observe(Tick())  # the event is over, its halt can still be lifted
    world.observe(StateAsked(scope="event:e1", state="active", reason="r", actor="person:p"))
    assert "person" not in {cause for _, cause in world.restricted()}


@pytest.mark.parametrize("changes", [{"event_id": "none"}, {"event_id": ""}, {"ends": START}])
def test_a_micro_event_has_a_name_of_its_own_and_a_time(changes):
    with pytest.raises(RefusedError) as caught:
        World().observe(replace(DROP, **changes))
    assert caught.value.code == "EN002"
