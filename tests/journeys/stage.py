"""A small real world for journeys: sandbox venues, a centre and a node, as processes on loopback.

The set-up is the demo's, with one arm. Nothing here waits for time to pass: it waits for what the
node says (server-sent events), and a journey that hears nothing ends in pytest's time-out.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from edgenode.adapters.lockstep import LockstepFile
from edgenode.sim.demo import world
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.desk import NodeDesk
from edgenode.sim.demo.world import Places
from tests.journeys.events import Statuses
from tests.journeys.process import Child, started
from tests.patience import PATIENCE_S, free_port

Json = dict[str, Any]
POLLS_PER_ORDER = 50
ORDERS_MAX = 3_000
ARM = Arm("recorded", overlay=True, link="up")


@dataclass
class Stage:
    """One node, its centre and its venues; each can be killed and started again."""

    places: Places
    session: aiohttp.ClientSession
    children: dict[str, Child] = field(default_factory=dict)
    centre_port: int = field(default_factory=free_port)  # each start listens there

    @property
    def data(self) -> Path:
        return self.places.node(ARM)

    @property
    def desk(self) -> NodeDesk:
        return NodeDesk(self.session, self.children["node"].url, self.data)

    async def start_sandbox(self) -> None:
        args = ("sandbox", "venue", "--config", str(self.places.sandbox))
        await self._start("sandbox", "main", *args)

    async def start_centre(self) -> None:
        port = ("--port", str(self.centre_port))
        config = ("--config", str(self.places.config("centre")), *port)
        await self._start("centre", "central", "serve", "--data", str(self.places.centre), *config)

    async def start_node(self) -> None:
        config = ("--config", str(self.places.config(ARM.node_id)))
        await self._start("node", "main", "run", "--data", str(self.data), *config)

    async def _start(self, name: str, command: str, *args: str) -> None:
        log = self.places.data / "logs" / f"{name}.log"
        self.children[name] = await started(log, command, *args)

    async def kill(self, name: str) -> None:
        """Kill -9, and wait until it is gone."""
        await self.children[name].kill()

    async def stop(self, name: str) -> int:
        return await self.children[name].stop()

    async def until(self, holds: Callable[[Json], bool]) -> Json:
        """Wait until the node's status holds; gives that status."""
        url = f"{self.children['node'].url}/api/v1/events"
        async with self.session.get(
            url, timeout=aiohttp.ClientTimeout(sock_read=PATIENCE_S)
        ) as response:
            statuses = Statuses()
            async for line in response.content:
                status = statuses.take(line)
                if status is not None and holds(status):
                    return status
        raise ConnectionError("the node ended while a journey waited for it")

    async def trade_until(self, kind: str, orders: Iterator[Json], **fields: str) -> Json:
        """Let customers trade until an entry is durable behind the first hedge plan; gives it.

        It is the first of its kind whose body has these fields.
        """
        after = (await self.desk.status())["ledger"]["size"]
        planned, polls = False, itertools.count()
        while True:
            if next(polls) % POLLS_PER_ORDER == 0:
                assert await self.desk.place(next(orders)) in {201, 422}
            for row in await self.desk.ledger(after):
                after = row["seq"]
                planned = planned or row["kind"] == "HedgeProgramme"
                if planned and row["kind"] == kind and fields.items() <= row["body"].items():
                    return row

    async def trade_until_the_end(self, orders: Iterator[Json]) -> int:
        """Let customers trade until the node has ended by itself; gives its exit code."""
        process = self.children["node"].process
        for order_ in itertools.islice(orders, ORDERS_MAX):
            if process.returncode is not None:
                break
            with suppress(aiohttp.ClientError):
                assert await self.desk.place(order_) in {201, 422, 503}
        async with asyncio.timeout(PATIENCE_S):
            return await process.wait()

    async def venue(self, letter: str, path: str, body: Json | None = None) -> Any:
        """Ask the sandbox: GET without a body, POST with one."""
        url = f"{self.children['sandbox'].url}/v/{ARM.venue(letter)}{path}"
        method = "GET" if body is None else "POST"
        async with self.session.request(method, url, json=body) as response:
            return await response.json()

    def begin_market(self) -> None:
        LockstepFile(self.places.lockstep).anchor(world.BEGINS)


@asynccontextmanager
async def staged(data: Path, *, speed: int = 60) -> AsyncIterator[Stage]:
    """Set up the world, everything running, the market not yet begun."""
    places = Places(data=data, speed=speed, seed=1, arms=(ARM,))
    (data / "logs").mkdir()
    vkeys = await asyncio.to_thread(world.make_folders, places)
    await world.enroll_all(places, vkeys)
    world.write_sandbox(places)
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        stage = Stage(places, session)
        try:
            await stage.start_sandbox()
            world.write_centre(places, stage.children["sandbox"].url)
            await stage.start_centre()
            sandbox, centre = stage.children["sandbox"].url, stage.children["centre"].url
            world.write_node(places, ARM, sandbox, centre)
            await stage.start_node()
            yield stage
        finally:
            for child in stage.children.values():
                await child.kill()


def order(name: str, side: str, quantity: str, price: str) -> Json:
    """Return an order as a customer would send it."""
    return {
        "client_order_id": name,
        "account": "customer:c1",
        "venue": "local",
        "instrument": "WETH-USDC",
        "side": side,
        "type": "limit",
        "time_in_force": "ioc",
        "quantity": quantity,
        "price": price,
    }


def customers(mid: float) -> Iterator[Json]:
    """Yield orders without end, three bought for each one sold, within the customer's funds."""
    for number in itertools.count():
        side, away = ("buy", 1.1) if number % 8 < 5 else ("sell", 0.9)
        yield order(f"k-{number}", side, "4.00", f"{mid * away:.2f}")
