"""Too little room restricts the node, and room alone frees it again."""

import asyncio

import pytest

from edgenode.services import space
from edgenode.services.space import MIB, allowed, watch
from tests.core.world import World

LIMITS = {"reducing_below": 128 * MIB, "halted_below": 32 * MIB}


@pytest.mark.parametrize(
    ("free", "level"),
    [(1_000, "active"), (128, "active"), (127, "reducing"), (32, "reducing"), (31, "halted"),
     (0, "halted")],
)  # fmt: skip
def test_what_room_permits(free, level):
    assert allowed(free * MIB, **LIMITS) == level


class Recorder:
    """Takes steps of an invented node, and notes what was asked."""

    def __init__(self):
        self.world = World()
        self.state = self.world.state
        self.asked = []

    async def observe(self, found):
        self.world.observe(found)
        self.asked.append((found.level, found.free_mib))


async def seen(recorder, *free, monkeypatch):
    """Let the watch see these amounts, one look each."""
    looks = iter(free)

    def look():
        try:
            return next(looks) * MIB
        except StopIteration:
            raise asyncio.CancelledError from None

    monkeypatch.setattr(space, "LOOK_S", 0)
    with pytest.raises(asyncio.CancelledError):
        await watch(recorder, look, **LIMITS)
    return recorder.asked


async def test_the_node_is_restricted_as_room_goes_and_freed_as_room_comes(monkeypatch):
    recorder = Recorder()
    asked = await seen(recorder, 500, 100, 90, 20, 500, 20, 90, monkeypatch=monkeypatch)
    assert asked == [
        ("reducing", 100), ("halted", 20), ("active", 500), ("halted", 20), ("reducing", 90),
    ]  # fmt: skip
    assert recorder.world.restricted() == {("node", "disk"): "reducing"}
    recorder.world.assert_refolds()


async def test_room_that_comes_and_goes_around_a_limit_writes_nothing_more(monkeypatch):
    asked = await seen(Recorder(), 127, *[128, 127, 159] * 20, monkeypatch=monkeypatch)
    assert asked == [("reducing", 127)]
    assert await seen(Recorder(), 127, 160, monkeypatch=monkeypatch) == [
        ("reducing", 127), ("active", 160),
    ]  # fmt: skip


async def test_what_others_restricted_stays_as_it_is(monkeypatch):
    recorder = Recorder()
    recorder.world.restrict("node", "halted", "person")
    await seen(recorder, 100, 500, monkeypatch=monkeypatch)
    assert recorder.world.restricted() == {("node", "person"): "halted"}
