"""A payment rail in the world: the sandbox rail's own teller and engine behind a link."""

import asyncio
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from edgenode.model.errors import UnreachableError
from edgenode.sim.faults import DemandedFault
from edgenode.sim.rail.engine import DAY_S, SECOND_NS, RailEngine
from edgenode.sim.rail.teller import Asked, Reply, Teller
from edgenode.sim.world.clock import SimClock
from edgenode.sim.world.loop import lane
from edgenode.sim.world.net import Link
from edgenode.wire import foreign

SECOND_S = 1.0


class SimRail:
    """The rail's server: a clock, and a request at a time."""

    def __init__(self, clock: SimClock) -> None:
        self.engine = RailEngine()
        self.stepped: Callable[[], None] = lambda: None
        self._asked: Counter[str] = Counter()  # occasions of each fault that the world asked for
        self._teller = Teller(self.engine, clock)
        self._clock = clock

    async def run(self) -> None:
        """Advance market time: what is due is booked."""
        lane("rail")
        while True:
            self.engine.second(self._clock.now_ns())
            self.stepped()
            await asyncio.sleep(SECOND_S)

    async def answer(self, data: bytes) -> bytes:
        """Answer one request as it comes over a link; a lost answer was acted on all the same."""
        head, _, body = data.partition(b"\n")
        method, _, target = head.decode().partition(" ")
        url = urlsplit(target)
        reply = self._teller.answer(Asked(method, url.path, dict(parse_qsl(url.query)), body))
        self.stepped()
        if reply.lost:
            raise UnreachableError("the rail's answer was lost", code="EN301")
        return b"%d\n" % reply.status + msgspec.json.encode(reply.body)

    def strike(self, kind: str, occasions: int) -> None:
        """Arm one of the engine's own faults for its next occasions."""
        self.engine.faults.append(DemandedFault(kind, occasions, 0))
        self._asked[kind] += occasions

    def relent(self) -> None:
        """Take back every fault that has not struck."""
        for kind in self._asked:
            self._asked[kind] = self.struck(kind)
        self.engine.faults.clear()

    def struck(self, kind: str) -> int:
        """Count how often one of the engine's faults has struck."""
        waiting = sum(fault.count for fault in self.engine.faults if fault.kind == kind)
        return self._asked[kind] - waiting

    def night_passes(self) -> None:
        """Advance a day here alone, for what was late or came after the cut-off."""
        self._clock.offset_ns += DAY_S * SECOND_NS

    def rests(self) -> bool:
        """Return whether nothing is still to be booked, or to be booked back."""
        return not any(
            t.state == "accepted" or t.return_ns for t in self.engine.transfers.values()
        )


class RailLink:
    """What a payer holds of the rail: requests that may be lost, doubled or late."""

    def __init__(self, rail: SimRail, link: Link) -> None:
        self._rail = rail
        self._link = link

    async def ask(self, method: str, path: str, body: bytes = b"", **query: str) -> Reply:
        """Ask once; UnreachableError: what became of the request is not known."""
        target = f"{path}?{urlencode(query)}" if query else path
        data = f"{method} {target}\n".encode() + body
        status, _, told = (await self._link.call(self._rail.answer, data)).partition(b"\n")
        return Reply(int(status), foreign.json_value(told))
