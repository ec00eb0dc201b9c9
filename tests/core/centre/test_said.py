"""What the centre says is decided by its own module; what that decides is tested there."""

from edgenode.core.centre import said
from edgenode.core.observations import CentreAllows
from edgenode.core.restrictions import centre
from tests.core.world import World


def test_how_far_a_node_may_trade_is_a_restriction():
    world, revoked = World(), CentreAllows("reducing", "revoked")
    found = said.decide(world.state, revoked, world.now)
    assert found == centre.decide(world.state, revoked, world.now)
    assert found.acts
