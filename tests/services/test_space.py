"""Too little room tightens the node's state, and nothing loosens it but a person."""

import asyncio

import pytest

from edgenode.services import space
from edgenode.services.space import MIB, allowed, watch

LIMITS = {"reducing_below": 128 * MIB, "halted_below": 32 * MIB}


@pytest.mark.parametrize(
    ("free", "state"),
    [(1_000, "active"), (128, "active"), (127, "reducing"), (32, "reducing"), (31, "halted"),
     (0, "halted")],
)  # fmt: skip
def test_what_room_permits(free, state):
    assert allowed(free * MIB, **LIMITS) == state


class Recorder:
    """Notes what is asked, and lets it hold."""

    def __init__(self, state="active"):
        self.states = {} if state == "active" else {"node": state}
        self.asked = []
        self.state = self
        self.limits = self

    async def observe(self, asked):
        self.asked.append((asked.scope, asked.state, asked.actor))
        self.states["node"] = asked.state


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


async def test_the_state_is_tightened_as_room_goes_and_never_loosened(monkeypatch):
    asked = await seen(Recorder(), 500, 100, 90, 20, 500, 20, monkeypatch=monkeypatch)
    assert asked == [("node", "reducing", "rule:disk"), ("node", "halted", "rule:disk")]


async def test_a_stricter_state_of_somebody_else_stays(monkeypatch):
    assert await seen(Recorder("halted"), 100, monkeypatch=monkeypatch) == []
