"""Runs the demo: a sandbox server, a centre and twelve nodes as processes of their own.

Real sockets; only market time is scaled. Customers of all arms trade at the same time; the link to
the centre of half of the nodes goes through a relay that is unplugged for half an hour of market.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from edgenode.adapters.clock import MarketClock, WallClock
from edgenode.model.errors import UnreachableError
from edgenode.sim.demo import customers, processes, world
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.desk import TIMEOUT, NodeDesk
from edgenode.sim.demo.link import Relay
from edgenode.sim.demo.processes import Child
from edgenode.sim.demo.world import Places
from edgenode.sim.recorded import SECOND_NS

Json = dict[str, Any]
LEAD_NS = 500_000_000  # between writing the start file and the start of market time
ENDED_S = 0.1  # a process that ended is known as such within this
NEARLY = 500  # entries that a clean stop still hands over


@dataclass(slots=True)
class Seen:
    """What the conductor saw while it ran, beside what the ledgers say."""

    cut_ns: int | None = None
    restored_ns: int | None = None
    ended_ns: int = 0
    statuses: dict[str, Json] = field(default_factory=dict)
    counts: dict[str, customers.Counts] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Stage:
    """All processes, running."""

    places: Places
    sandbox: Child
    centre: Child
    nodes: dict[Arm, Child]
    relay: Relay
    session: aiohttp.ClientSession
    desks: dict[Arm, NodeDesk]

    @property
    def page(self) -> str:
        """Give the address of the page to look at."""
        return self.nodes[self.places.shown].url

    async def find_ended(self) -> None:
        """Raise UnreachableError for a process that ended by itself."""
        for child in (self.sandbox, self.centre, *self.nodes.values()):
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDED_S):
                    code = await child.process.wait()
                raise UnreachableError(
                    f"{child.name} ended by itself, exit code {code}: {await child.last_words()}",
                    do=f"see {self.places.data}/logs/{child.name}.log",
                )


@asynccontextmanager
async def stage(places: Places, say: Callable[[str], None]) -> AsyncIterator[Stage]:
    """Set everything up; whatever happens, no process outlives this."""
    logs = places.data / "logs"
    await asyncio.to_thread(logs.mkdir, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        say("making ledgers and keys of the centre and its nodes")
        vkeys = await asyncio.to_thread(world.make_folders, places)
        await world.enroll_all(places, vkeys)
        world.write_sandbox(places)
        say("starting the sandbox venues, the centre and the nodes")
        sandbox = await processes.start(
            "sandbox", logs, "main", "sandbox", "venue", "--config", str(places.sandbox)
        )
        stack.callback(sandbox.kill)
        world.write_centre(places, sandbox.url)
        centre_args = ("serve", "--data", str(places.centre))
        config = ("--config", str(places.config("centre")))
        centre = await processes.start("centre", logs, "central", *centre_args, *config)
        stack.callback(centre.kill)
        at = urlsplit(centre.url)
        relay = Relay(str(at.hostname), int(at.port or 0))
        await relay.start()
        stack.push_async_callback(relay.close)
        nodes = await _nodes(places, sandbox.url, centre.url, relay, stack)
        session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
        desks = {
            arm: NodeDesk(session, child.url, places.node(arm)) for arm, child in nodes.items()
        }
        on = Stage(places, sandbox, centre, nodes, relay, session, desks)
        try:
            yield on
        except (ExceptionGroup, aiohttp.ClientError):
            await on.find_ended()
            raise


async def _nodes(
    places: Places, sandbox_url: str, centre_url: str, relay: Relay, stack: AsyncExitStack
) -> dict[Arm, Child]:
    relayed = f"http://127.0.0.1:{relay.port}"
    nodes = {}
    starting = []
    async with asyncio.TaskGroup() as tasks:
        for arm in places.arms:
            link = relayed if arm.link == "cut" else centre_url
            world.write_node(places, arm, sandbox_url, link)
            args = ("run", "--data", str(places.node(arm)))
            config = ("--config", str(places.config(arm.node_id)))
            job = processes.start(arm.node_id, places.data / "logs", "main", *args, *config)
            starting.append((arm, tasks.create_task(job)))
    for arm, task in starting:
        nodes[arm] = task.result()
        stack.callback(nodes[arm].kill)
    return nodes


async def play(
    on: Stage,
    spike: float,
    tell: Callable[[int, dict[Arm, Json]], None],
    exit_after_s: float | None,
) -> Seen:
    """Let the market hour pass; `tell` draws progress once a second."""
    places, seen = on.places, Seen()
    for arm, desk in on.desks.items():
        if arm.flow != "quiet":
            await desk.declare("FOMC decision", world.FOMC, world.ENDS)
    start_ns = WallClock().now_ns() + LEAD_NS
    beside = places.start_file.with_suffix(".new")
    beside.write_text(str(start_ns), encoding="ascii")
    beside.replace(places.start_file)
    market = MarketClock(world.BEGINS, places.speed, str(places.start_file))
    until = world.ENDS
    if exit_after_s is not None:
        until = min(until, world.BEGINS + int(exit_after_s * places.speed) * SECOND_NS)
    trading = [_trade(on, arm, market, until, spike, seen) for arm in places.arms]
    async with asyncio.TaskGroup() as tasks:
        drawing = tasks.create_task(_draw(on, market, tell))
        async with asyncio.TaskGroup() as inner:
            for job in trading:
                inner.create_task(job)
            inner.create_task(_cut(on, market, until, seen))
            inner.create_task(_sleep_until(market, until, places.speed))
        drawing.cancel()
    seen.ended_ns = until
    return seen


async def finish(on: Stage, seen: Seen) -> None:
    """Plug the link in again, stop the nodes cleanly, and keep what the venues believe."""
    on.relay.restore()
    seen.statuses = {arm.node_id: await desk.status() for arm, desk in on.desks.items()}
    await _online(on)
    await _quiet(on)
    async with asyncio.TaskGroup() as tasks:
        for arm, child in on.nodes.items():
            tasks.create_task(_stop(child, arm.node_id, seen))
    async with on.session.get(f"{on.sandbox.url}/truth") as response:
        truth = await response.json()
    (on.places.data / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    await _stop(on.centre, "centre", seen)
    await _stop(on.sandbox, "sandbox", seen)


async def _online(on: Stage) -> None:
    """Wait until every node is in contact and cosigned to its end, within reason."""
    deadline = time.monotonic() + 30
    for desk in on.desks.values():
        while time.monotonic() < deadline:
            sync = (await desk.status())["sync"]
            if sync["online"] and sync["unsynced_entries"] < NEARLY:
                break
            await asyncio.sleep(0.2)


async def _quiet(on: Stage) -> None:
    """Let nothing be under way at a venue when the nodes stop: it would execute unheard."""
    for desk in on.desks.values():
        await desk.pause_all()
    deadline = time.monotonic() + 30
    for desk in on.desks.values():
        while time.monotonic() < deadline:
            if not (await desk.status())["orders"]["open"]:
                break
            await asyncio.sleep(0.1)


async def _stop(child: Child, name: str, seen: Seen) -> None:
    seen.exits[name] = await child.stop()


async def _trade(
    on: Stage, arm: Arm, market: MarketClock, until: int, spike: float, seen: Seen
) -> None:
    seen.counts[arm.node_id] = await customers.trade(
        arm,
        world.recorded(arm),
        on.desks[arm],
        market,
        from_ns=world.BEGINS,
        to_ns=until,
        speed=on.places.speed,
        spike=spike,
    )


async def _cut(on: Stage, market: MarketClock, until: int, seen: Seen) -> None:
    """Unplug the relay, and plug it in again, at their market times."""
    if until <= world.CUT:
        return
    await _sleep_until(market, world.CUT, on.places.speed)
    on.relay.cut()
    seen.cut_ns = market.now_ns()
    await _sleep_until(market, min(world.RESTORED, until), on.places.speed)
    on.relay.restore()
    seen.restored_ns = market.now_ns()


async def _draw(
    on: Stage, market: MarketClock, tell: Callable[[int, dict[Arm, Json]], None]
) -> None:
    shown = on.places.shown
    twin = Arm(shown.flow, overlay=False, link=shown.link)
    pair = [arm for arm in (shown, twin) if arm in on.desks]
    while True:
        found = {arm: await on.desks[arm].status() for arm in pair}
        tell(market.now_ns(), found)
        await asyncio.sleep(1.0)


async def _sleep_until(market: MarketClock, at_ns: int, speed: int) -> None:
    wait_ns = at_ns - market.now_ns()
    if wait_ns > 0:
        begins_in_ns = LEAD_NS if market.now_ns() == world.BEGINS else 0
        await asyncio.sleep((wait_ns / speed + begins_in_ns) / SECOND_NS)
