"""What was worked out of rules is kept while they stand, and told of no other state."""

from edgenode.core.observations import StateAsked
from edgenode.core.state.kept import Kept
from tests.core.world import World


def test_it_is_kept_until_the_rules_change():
    world, kept = World(), Kept()
    kept.of(world.state)["a"] = 1
    world.publish("a", 150_000)
    assert kept.of(world.state) == {"a": 1}
    world.observe(StateAsked(scope="venue:b", state="halted", reason="", actor="p"))
    assert kept.of(world.state) == {}


def test_another_state_has_nothing_of_it_though_its_rules_changed_at_the_same_entry():
    one, other, kept = World(), World(), Kept()
    assert one.state.ruled_seq == other.state.ruled_seq
    kept.of(one.state)["a"] = 1
    assert kept.of(other.state) == {}
    assert kept.of(one.state) == {}
