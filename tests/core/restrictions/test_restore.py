"""After a restore the node only reduces until each venue has shown a view without a difference."""

import pytest

from edgenode.core.breaks import shown
from edgenode.core.observations import (
    BreakCloseAsked,
    PauseAsked,
    Started,
    StateAsked,
)
from edgenode.model.errors import RefusedError
from edgenode.model.facts import BreakResolved, ResolutionProposed, RestrictionLifted
from tests.core.breaks.test_resolving import SAID
from tests.core.venues.test_reconciliation import OTHER, Node
from tests.core.world import WETH


def started(*venues):
    return Started(boot_tag=2, version="0", mode="paper", restored=venues)


def restored(*venues):
    node = Node()
    node.world.observe(started(*venues))
    return node


def test_each_venue_holds_the_node_until_it_agrees():
    node = restored("a", "b")
    held = {("node", "restore:a"): "reducing", ("node", "restore:b"): "reducing"}
    assert node.world.restricted() == held
    assert node.reconciled("b", **OTHER) == ["RestrictionLifted"]
    assert node.world.restricted() == {("node", "restore:a"): "reducing"}
    assert node.reconciled(positions={WETH: 19}) == ["BreakOpened"]
    assert node.node_state() == "reducing"
    assert node.reconciled() == ["BreakClosed", "RestrictionLifted"]
    assert node.world.restricted() == {}
    node.world.assert_refolds()


@pytest.mark.parametrize("level", ["reducing", "halted"])
@pytest.mark.parametrize("first", [True, False])
def test_what_a_person_restricted_a_restore_neither_loosens_nor_ends(level, first):
    node = Node()
    asked = StateAsked(scope="node", state=level, reason="looking", actor="person:p")
    said = [asked, started("a")]
    for observation in said if first else reversed(said):
        node.world.observe(observation)
    assert node.node_state() == level
    assert node.reconciled() == ["RestrictionLifted"]
    assert node.world.restricted() == {("node", "person:scope"): level}


def test_no_resume_ends_it():
    node = restored("a")
    for paused in (True, False):
        asked = PauseAsked(paused=paused, hedges=False, reason="", actor="person:p")
        node.world.observe(asked)
    assert node.world.restricted() == {("node", "restore:a"): "reducing"}


def decided_by_two(world, where):
    """Let two persons write off what was lost; the first one, said twice, changes nothing."""
    row = shown.one(world.state, "restored:local")
    assert row["persons"] == "A second person must say the same"
    held = world.restricted()
    for _ in range(2):
        (proposed,) = SAID[where](world, "restored:local", "write_off", "ann")
        assert isinstance(proposed, ResolutionProposed)
        assert proposed.amount_minor is None, "nobody knows what was lost"
    assert world.restricted() == held
    return SAID[where](world, "restored:local", "write_off", "bob")


@pytest.mark.parametrize("where", sorted(SAID))
def test_what_the_local_book_lost_is_a_break_whatever_venues_say(where):
    node = restored("a")
    world = node.world
    assert node.reconciled() == ["RestrictionLifted"]
    assert world.restricted() == {}
    assert list(world.state.breaks.open) == ["restored:local"]
    facts = decided_by_two(world, where)
    assert type(facts[0]) is BreakResolved
    assert world.state.breaks.open == {}
    world.assert_refolds()


@pytest.mark.parametrize("where", sorted(SAID))
def test_without_an_outside_venue_people_decide_what_was_lost(where):
    node = restored()
    world = node.world
    assert world.restricted() == {("node", "restore:local"): "reducing"}
    resume = PauseAsked(paused=False, hedges=False, reason="", actor="person:p")
    world.observe(resume)
    closing = BreakCloseAsked(break_id="restored:local", reason="seen", actor="person:p")
    with pytest.raises(RefusedError, match="holds a difference"):
        world.observe(closing)
    assert world.restricted() == {("node", "restore:local"): "reducing"}
    facts = decided_by_two(world, where)
    assert [type(fact) for fact in facts[:2]] == [BreakResolved, RestrictionLifted]
    assert (world.restricted(), world.state.breaks.open) == ({}, {})
    world.assert_refolds()
