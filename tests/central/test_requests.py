"""What a node asks for is at the centre what it is at the node, and a grant ends it at both."""

from edgenode.adapters.clock import WallClock
from edgenode.central import folder
from edgenode.central.desk.desk import Desk
from edgenode.core.observations import Tick
from edgenode.core.risk import shown
from edgenode.core.state.digest import digest
from tests.central.sync.test_projector import mirrors_in, store
from tests.central.test_desk import NODE
from tests.core.risk.test_requests import ahead, declare, grants, ready


async def told(data, world):
    """Return the centre's list, its status and its digest once it holds what a node recorded."""
    folder.init(data)
    async with mirrors_in(data) as mirrors:
        await store(mirrors, [recorded.entry for recorded in world.recorded])
    wall = WallClock()
    async with folder.opened(data, wall, wall) as opened:
        await opened.projector.caught_up()
        desk = Desk(opened)
        found = (await desk.perform("request.ls", {}))["requests"]
        status = await desk.perform("status", {})
        return found, status, (await desk.perform("book.digest", NODE))["digest"]


async def test_centre_and_node_tell_the_same_requests(tmp_path):
    world = ready()
    declare(world)
    ahead(world)
    found, status, made = await told(tmp_path / "data", world)
    at_node = shown.listed(world.state, WallClock().now_ns())
    assert found == [{**NODE, **row} for row in at_node] != []
    assert made == digest(world.state).digest.hex()
    assert status["requests"] == len(found)
    problem = next(row for row in status["problems"] if row["text"] == found[0]["text"])
    assert problem["do"] == found[0]["do"]


async def test_a_grant_ends_the_request_at_the_centre_too(tmp_path):
    world = ready()
    declare(world)
    ahead(world)
    world.adopt(grants(world))
    world.observe(Tick())
    found, _, _ = await told(tmp_path / "data", world)
    assert "cash" not in {row["need"] for row in found}
    assert "position_buy" in {row["need"] for row in found}
