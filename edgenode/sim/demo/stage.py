"""The demo's processes: set up, known to be ready, watched, and ended with the demo."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

import aiohttp

from edgenode.model.errors import UnreachableError
from edgenode.sim.demo import processes, waiting, world
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.desk import TIMEOUT, NodeDesk
from edgenode.sim.demo.link import Relay
from edgenode.sim.demo.processes import Child
from edgenode.sim.demo.waiting import Reporter
from edgenode.sim.demo.world import Places

Json = dict[str, Any]
READY_S = 300.0
ENDED_S = 10.0  # a process that ended is known as such within this


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

    async def ends(self) -> NoReturn:
        """Raise UnreachableError as soon as a process has ended by itself."""
        children = (self.sandbox, self.centre, *self.nodes.values())
        async with asyncio.TaskGroup() as tasks:
            waits = {tasks.create_task(child.process.wait()): child for child in children}
            done, rest = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in rest:
                wait.cancel()
        first = done.pop()
        child, code = waits[first], first.result()
        raise UnreachableError(
            f"{child.name} ended by itself, exit code {code}: {await child.last_words()}",
            do=f"see {self.places.data}/logs/{child.name}.log",
        )


@asynccontextmanager
async def stage(places: Places, teller: Reporter) -> AsyncIterator[Stage]:
    """Set everything up; whatever happens, no process outlives this."""
    logs = places.data / "logs"
    await asyncio.to_thread(logs.mkdir, parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        teller.say("making ledgers and keys of the centre and its nodes")
        with waiting.told(teller, "ledgers and keys", list):
            vkeys = await asyncio.to_thread(world.make_folders, places)
            await world.enroll_all(places, vkeys)
        world.write_sandbox(places)
        teller.say("starting the sandbox venues, the centre and the nodes")
        on = await _started(places, teller, stack)
        try:
            await _ready(on, teller)
            yield on
        except (ExceptionGroup, aiohttp.ClientError):
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDED_S):
                    await on.ends()  # the cause, if a process ended; else the error as it was
            raise


async def _started(places: Places, teller: Reporter, stack: AsyncExitStack) -> Stage:
    """Start every process; each is ended with the stack from its first moment."""
    starting = ["sandbox", "centre", *(arm.node_id for arm in places.arms)]

    async def start(name: str, command: str, *args: str) -> Child:
        child = await processes.start(name, places.data / "logs", command, *args)
        stack.push_async_callback(child.end)
        starting.remove(name)
        return child

    with waiting.told(teller, "starts", lambda: list(starting)):
        sandbox = await start(
            "sandbox", "main", "sandbox", "venue", "--config", str(places.sandbox)
        )
        world.write_centre(places, sandbox.url)
        config = ("--config", str(places.config("centre")))
        centre = await start("centre", "central", "serve", "--data", str(places.centre), *config)
        at = urlsplit(centre.url)
        relay = Relay(str(at.hostname), int(at.port or 0))
        await relay.start()
        stack.push_async_callback(relay.close)
        jobs = {}
        async with asyncio.TaskGroup() as tasks:
            for arm in places.arms:
                link = f"http://127.0.0.1:{relay.port}" if arm.link == "cut" else centre.url
                world.write_node(places, arm, sandbox.url, link)
                args = ("run", "--data", str(places.node(arm)))
                config = ("--config", str(places.config(arm.node_id)))
                jobs[arm] = tasks.create_task(start(arm.node_id, "main", *args, *config))
    nodes = {arm: job.result() for arm, job in jobs.items()}
    session = await stack.enter_async_context(aiohttp.ClientSession(timeout=TIMEOUT))
    desks = {arm: NodeDesk(session, child.url, places.node(arm)) for arm, child in nodes.items()}
    return Stage(places, sandbox, centre, nodes, relay, session, desks)


async def _ready(on: Stage, teller: Reporter) -> None:
    """Wait until every node has heard its centre and sees its venues: then time may begin."""
    held = waiting.caught_up()

    def holds(status: Json) -> bool:
        sees = len(status["market"]) == len(world.VENUES)
        return bool(sees and status["wallet"] and held(status))

    late = await waiting.until_all(on.desks, holds, teller, "ready nodes", within_s=READY_S)
    if late:
        raise UnreachableError(
            f"{', '.join(late)}: not ready within {READY_S:.0f} s",
            expected="grants, both venues' books and the entries cosigned",
            do=f"see {on.places.data}/logs",
        )
