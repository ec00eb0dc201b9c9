"""Links between parties: late, lossy, doubling, reordering, narrow, corrupting, or cut.

A call is one request and its answer, each carried by itself, so that an answer can be lost after
the request was done, a request can be done twice, and later calls can overtake earlier ones. What
was sent travels on whatever becomes of its sender: a message that was held back may arrive when
its sender has given up, or has lost power.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from edgenode.model.errors import UnreachableError
from edgenode.sim.world.disk import PowerGoneError

Handler = Callable[[bytes], Awaitable[bytes]]
TIMEOUT_S = 5.0
LOST_S = 500.0
HELD_S = (0.2, 8.0)  # beyond a caller's patience, within what the product waits before it gives up


@dataclass(slots=True)
class Weather:
    """What a link does at present; shares are of messages, each way."""

    up: bool = True
    delay_s: tuple[float, float] = (0.005, 0.04)
    loss: float = 0.0
    double: float = 0.0
    corrupt: float = 0.0
    held: float = 0.0  # held back, so that later ones overtake
    bytes_per_s: int = 1_000_000


class Link:
    """Carries calls from one party to another."""

    def __init__(self, name: str, rng: random.Random) -> None:
        self.name = name
        self.weather = Weather()
        self.listeners: list[asyncio.Event] = []  # set when the link goes up or down
        self._rng = rng
        self._travelling: set[asyncio.Task[bytes | UnreachableError]] = set()

    def is_up(self) -> bool:
        """Return whether it carries anything now."""
        return self.weather.up

    def set_up(self, up: bool) -> None:  # noqa: FBT001  it is what is set
        """Bring the link up or down, and wake whoever listens."""
        self.weather.up = up
        for listener in self.listeners:
            listener.set()

    async def call(self, handler: Handler, data: bytes, timeout_s: float = TIMEOUT_S) -> bytes:
        """Carry a request there and its answer back; UnreachableError if either is lost."""
        try:
            async with asyncio.timeout(timeout_s):
                answer = await asyncio.shield(self._sent(handler, data))
                if isinstance(answer, UnreachableError):
                    raise answer
                return await self.carry(answer)
        except TimeoutError as error:
            raise UnreachableError(f"no answer over {self.name}", code="EN301") from error

    async def carry(self, data: bytes) -> bytes:
        """Carry one message one way; a lost one never arrives, a cut link says so at once."""
        weather = self.weather
        if not self.is_up():
            await asyncio.sleep(0.001)
            raise UnreachableError(f"{self.name} is cut", code="EN301")
        await asyncio.sleep(self._rng.uniform(*weather.delay_s) + len(data) / weather.bytes_per_s)
        if self._rng.random() < weather.held:
            await asyncio.sleep(self._rng.uniform(*HELD_S))
        if not self.is_up() or self._rng.random() < weather.loss:
            await asyncio.sleep(LOST_S)  # silence: the caller's patience ends first
            raise UnreachableError(f"lost over {self.name}", code="EN301")
        if data and self._rng.random() < weather.corrupt:
            at = self._rng.randrange(len(data))
            return data[:at] + bytes([data[at] ^ (1 << self._rng.randrange(8))]) + data[at + 1 :]
        return data

    def _sent(self, handler: Handler, data: bytes) -> "asyncio.Task[bytes | UnreachableError]":
        """Send a request; it travels and is worked on, whatever becomes of the sender."""

        async def travel(*, first: bool) -> bytes | UnreachableError:
            try:
                request = await self.carry(data)
                if first and self._rng.random() < self.weather.double:
                    self._keep(travel(first=False))
                return await handler(request)
            except UnreachableError as error:
                return error
            except PowerGoneError:
                return UnreachableError(f"no answer over {self.name}", code="EN301")

        return self._keep(travel(first=True))

    def _keep(
        self, travel: Coroutine[Any, Any, bytes | UnreachableError]
    ) -> "asyncio.Task[bytes | UnreachableError]":
        task = asyncio.get_running_loop().create_task(travel)
        self._travelling.add(task)
        task.add_done_callback(self._travelling.discard)
        return task
