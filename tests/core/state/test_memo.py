"""What was worked out of rules is memo while they stand, and told of no other state."""

from edgenode.core.observations import StateAsked
from edgenode.core.state.memo import Memo
from tests.core.world import World


def test_it_is_kept_until_the_rules_change():
    world, memo = World(), Memo()
    memo.of(world.state)["a"] = 1
    world.publish("a", 150_000)
    assert memo.of(world.state) == {"a": 1}
    world.observe(StateAsked(scope="venue:b", state="halted", reason="", actor="p"))
    assert memo.of(world.state) == {}


def test_another_state_has_nothing_of_it_though_its_rules_changed_at_the_same_entry():
    one, other, memo = World(), World(), Memo()
    assert one.state.ruled_seq == other.state.ruled_seq
    memo.of(one.state)["a"] = 1
    assert memo.of(other.state) == {}
    assert memo.of(one.state) == {}
