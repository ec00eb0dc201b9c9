"""Each request is decided by its own module; what it decides is tested there."""

from edgenode.core.observations import CancelAllAsked, OrderAsked
from edgenode.core.orders import asked, changes, placing
from tests.core.world import CUSTOMER, World, intent


def test_requests_go_to_their_modules():
    world = World()
    order, every = OrderAsked(intent(), CUSTOMER), CancelAllAsked(CUSTOMER, CUSTOMER)
    about = world.state, world.seen
    assert asked.decide(*about, order, world.now) == placing.asked(*about, order, world.now)
    assert asked.decide(*about, every, world.now) == changes.cancel_all(
        world.state, every, world.now
    )
