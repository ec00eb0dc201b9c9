"""The disk's cause is as strict as the room that is left asks for, and nothing else lifts it."""

from edgenode.core.observations import DiskFound, PauseAsked
from tests.core.world import World


def test_it_follows_the_room_and_tells_it():
    world = World()
    for level, free in (("reducing", 100), ("halted", 20), ("reducing", 90)):
        (fact, *_) = world.facts(DiskFound(level=level, free_mib=free))
        assert (fact.cause, fact.level, fact.evidence) == ("disk", level, f"{free} MiB free")
        assert world.restricted() == {("node", "disk"): level}
        assert world.facts(DiskFound(level=level, free_mib=free - 1)) == []
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
    assert world.restricted() == {("node", "disk"): "reducing"}
    world.observe(DiskFound(level="active", free_mib=900))
    assert world.restricted() == {}
    world.assert_refolds()
