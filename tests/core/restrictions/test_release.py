"""A person releases a loss or a stress trigger, and no other cause."""

import pytest

from edgenode.core.observations import PauseAsked, ReleaseAsked
from edgenode.model.errors import RefusedError
from tests.core.restrictions.test_person import CAUSES
from tests.core.world import World

RELEASE = {"reason": "looked", "actor": "person:p"}


@pytest.mark.parametrize("cause", CAUSES)
def test_only_a_loss_or_a_stress_is_a_persons_to_release(cause):
    world = World()
    for held in CAUSES:
        world.restrict("node", "reducing", held)
    before = world.restricted()
    if cause in {"loss:day", "stress:x"}:
        (fact,) = world.facts(ReleaseAsked(cause=cause, **RELEASE))
        assert (fact.cause, fact.reason, world.recorded[-1].entry.actor) == (
            cause, "looked", "person:p",
        )  # fmt: skip
        del before["node", cause]
    else:
        with pytest.raises(RefusedError) as caught:
            world.observe(ReleaseAsked(cause=cause, **RELEASE))
        assert caught.value.code == "EN507"
        assert cause in str(caught.value)
    assert world.restricted() == before


def test_a_cause_that_restricts_nothing_is_not_released_and_those_that_do_are_named():
    world = World()
    world.restrict("node", "reducing", "stress:x")
    with pytest.raises(RefusedError) as caught:
        world.observe(ReleaseAsked(cause="stress:y", **RELEASE))
    assert caught.value.code == "EN006"
    assert "stress:x" in caught.value.expected


def test_a_pause_is_resumed_and_the_refusal_to_release_it_says_so():
    world = World()
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    with pytest.raises(RefusedError) as caught:
        world.observe(ReleaseAsked(cause="person", reason="please", actor="person:p"))
    error = caught.value
    assert (error.code, error.do) == ("EN507", "edgenode resume")
    assert error.found == "a person's pause is resumed, not released"
