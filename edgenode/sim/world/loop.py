"""An asyncio loop in virtual time: hours pass in as long as their work takes.

Nothing waits: where no callback is ready, the clock jumps to the next timer. The same seed gives
the same order of everything on every run and in every process:

    timers of one moment    fire in seeded order (each a seeded fraction of a microsecond late);
                            every party draws from its own lane, so that a fault taken out moves
                            nothing before it
    sets of tasks           iterate in the order of their making (asyncio keeps tasks in sets, and
                            a task's own hash is its address)
"""

import asyncio
import itertools
import random
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from typing import Any, Self, TypeVarTuple, Unpack

Args = TypeVarTuple("Args")
TIE_S = 1e-6
NS = 1_000_000_000


LANE: ContextVar[random.Random] = ContextVar("lane")


def lane(name: str) -> None:
    """Give the running task, and what it starts, a lane of its own."""
    LANE.set(random.Random(name))


class StuckError(RuntimeError):
    """Nothing is ready and no timer is set: the world would never wake."""


class _Clockwork:
    """Stands where a selector would: lets virtual time pass instead of waiting for files."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        """Skip `timeout` at once."""
        if timeout is None:
            raise StuckError("nothing is ready and no timer is set")
        self._loop.passed_s += timeout
        return []


class _Task(asyncio.Task[Any]):
    """A task that hashes by the order of its making."""

    number: int

    def __new__(cls, *_: object, loop: "VirtualLoop", **__: object) -> Self:
        """Number it before asyncio puts it into a set."""
        task = super().__new__(cls)
        task.number = next(loop.numbers)
        return task

    def __hash__(self) -> int:
        return self.number


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs until told to stop; time is `passed_s` seconds since it was made."""

    def __init__(self, seed: object) -> None:
        super().__init__()
        self.passed_s = 0.0
        self.numbers = itertools.count()
        self._ties = random.Random(f"ties/{seed}")
        self._selector = _Clockwork(self)
        self.set_task_factory(_made)  # type: ignore[arg-type]  # its keywords grew with 3.14

    def time(self) -> float:
        """Return virtual seconds since this loop was made."""
        return self.passed_s

    @property
    def now_ns(self) -> int:
        """Return virtual nanoseconds since this loop was made."""
        return int(self.passed_s * NS)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Args]], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Set a timer; those of one moment fire in seeded order."""
        late = LANE.get(self._ties).random() * TIE_S
        return super().call_at(when + late, callback, *args, context=context)

    def _process_events(self, event_list: list[Any]) -> None:
        """Nothing outside ever becomes ready."""

    def _write_to_self(self) -> None:
        """No thread ever wakes this loop."""


def _made(
    loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **kwargs: Context | None
) -> _Task:
    assert isinstance(loop, VirtualLoop)
    return _Task(coro, loop=loop, **kwargs)
