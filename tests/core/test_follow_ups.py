"""What is dirty is decided by its own module; what that decides is tested there."""

from edgenode.core import follow_ups
from edgenode.core.observations import Requote, SliceDue
from edgenode.core.orders import quotes
from edgenode.model.facts import OrderGated
from tests.core.world import WETH, World, intent


def test_a_slice_is_an_order_of_the_overlay_and_a_quote_is_renewed():
    world = World()
    world.publish("a", 150_000)
    slice_ = SliceDue(intent("S", account="desk:overlay", venue="a", price=150_000, lots=1))
    found = follow_ups.decide(world.state, world.seen, slice_, world.now)
    assert [act.fact.account for act in found.acts if isinstance(act.fact, OrderGated)] == [
        "desk:overlay"
    ]
    found = follow_ups.decide(world.state, world.seen, Requote(WETH), world.now)
    assert found == quotes.renewed(world.state, world.seen, WETH, world.now)
