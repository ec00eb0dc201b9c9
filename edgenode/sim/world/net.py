"""Links between parties: late, lossy, doubling, reordering, narrow, corrupting, or cut.

A call is one request and its answer, each carried by itself, so that an answer can be lost after
the request was done, a request can be done twice, and later calls can overtake earlier ones.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from edgenode.model.errors import UnreachableError

Handler = Callable[[bytes], Awaitable[bytes]]
TIMEOUT_S = 5.0


@dataclass(slots=True)
class Weather:
    """What a link does at present; shares are of messages, each way."""

    up: bool = True
    delay_s: tuple[float, float] = (0.005, 0.04)
    loss: float = 0.0
    double: float = 0.0
    corrupt: float = 0.0
    bytes_per_s: int = 1_000_000


class Link:
    """Carries calls from one party to another."""

    def __init__(self, name: str, rng: random.Random) -> None:
        self.name = name
        self.weather = Weather()
        self.listeners: list[asyncio.Event] = []  # set when the link goes up or down
        self._rng = rng
        self._served: set[asyncio.Task[bytes | None]] = set()

    def is_up(self) -> bool:
        """Tell whether it carries anything now."""
        return self.weather.up

    def set_up(self, up: bool) -> None:  # noqa: FBT001  it is what is set
        """Bring the link up or down, and wake whoever listens."""
        self.weather.up = up
        for listener in self.listeners:
            listener.set()

    async def call(self, handler: Handler, data: bytes, timeout_s: float = TIMEOUT_S) -> bytes:
        """Carry a request there and its answer back; UnreachableError where either is lost."""
        try:
            async with asyncio.timeout(timeout_s):
                request = await self.carry(data)
                if self._rng.random() < self.weather.double:
                    self._serve(handler, request)
                answer = await asyncio.shield(self._serve(handler, request))
                if answer is None:
                    raise UnreachableError(f"no answer over {self.name}", code="EN301")
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
        if not self.is_up() or self._rng.random() < weather.loss:
            await asyncio.sleep(TIMEOUT_S * 100)  # silence: the caller's patience ends first
        if data and self._rng.random() < weather.corrupt:
            at = self._rng.randrange(len(data))
            return data[:at] + bytes([data[at] ^ (1 << self._rng.randrange(8))]) + data[at + 1 :]
        return data

    def _serve(self, handler: Handler, request: bytes) -> "asyncio.Task[bytes | None]":
        """Let the other side work: it goes on whatever becomes of the caller."""

        async def serve() -> bytes | None:
            try:
                return await handler(request)
            except UnreachableError:
                return None

        task = asyncio.get_running_loop().create_task(serve())
        self._served.add(task)
        task.add_done_callback(self._served.discard)
        return task
