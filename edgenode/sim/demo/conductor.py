"""Conducts the live nodes: lets the market hour pass, cuts the link, ends when both sides agree.

Real sockets; only market time is scaled, and it waits for every process (sim/demo/pacing). The
link to the centre goes through a relay that is unplugged for half an hour of market.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from edgenode.ports.clock import Clock
from edgenode.sim.arms.flow import orders_between
from edgenode.sim.demo import customers, waiting, world
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.pacing import Pacer, Slowed
from edgenode.sim.demo.processes import Child
from edgenode.sim.demo.stage import Stage
from edgenode.sim.demo.waiting import Reporter
from edgenode.sim.recorded import SECOND_NS

Json = dict[str, Any]
Tell = Callable[[int, Mapping[Arm, Json]], None]
DRAWN_S = 0.5
ONLINE_S = 300.0
QUIET_S = 120.0
STOP_S = world.DRAIN_S + 30.0  # a node waits that long for its last cosignature


@dataclass(slots=True)
class RunRecord:
    """What the conductor saw while it ran, beside what the ledgers say."""

    cut_ns: int | None = None
    restored_ns: int | None = None
    ended_ns: int = 0
    slowed: Slowed = field(default_factory=Slowed)
    statuses: dict[str, Json] = field(default_factory=dict)
    counts: dict[str, customers.Counts] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Hour:
    """The market hour while it passes."""

    on: Stage
    until_ns: int
    spike: float
    seen: RunRecord
    asked: dict[str, int] = field(default_factory=dict)  # when customers' next orders are due

    async def trade(self, arm: Arm, market: Clock) -> None:
        """Let an arm's customers trade."""

        def asked(due_ns: int | None) -> None:
            self.asked.pop(arm.node_id, None)
            if due_ns is not None:
                self.asked[arm.node_id] = due_ns

        window = world.BEGINS, self.until_ns
        day = world.recorded(arm)
        self.seen.counts[arm.node_id] = await customers.trade(
            self.on.desks[arm],
            orders_between(arm.flow, arm.direction, day, window, self.spike),
            lambda at_ns: self.reach(market, at_ns),
            asked,
        )

    async def cut(self, market: Clock) -> None:
        """Unplug the relay, and plug it in again, at their market times.

        The times that are kept lie within the cut: nothing passes between them.
        """
        if self.until_ns <= world.CUT:
            return
        await self.reach(market, world.CUT)
        self.on.relay.cut()
        self.seen.cut_ns = market.now_ns()
        await self.reach(market, min(world.RESTORED, self.until_ns))
        self.seen.restored_ns = market.now_ns()
        self.on.relay.restore()

    async def draw(self, market: Clock, tell: Tell) -> None:
        """Tell of market time and of every node, again and again."""
        while True:
            found = {arm: await desk.status() for arm, desk in self.on.desks.items()}
            tell(market.now_ns(), found)
            await asyncio.sleep(DRAWN_S)

    async def reach(self, market: Clock, at_ns: int) -> None:
        """Wait until market time has come so far, however long it stands still meanwhile."""
        while (wait_ns := at_ns - market.now_ns()) > 0:  # noqa: ASYNC110  a clock of its own
            await asyncio.sleep(wait_ns / self.on.places.speed / SECOND_NS)


async def play(on: Stage, until_ns: int, spike: float, tell: Tell) -> RunRecord:
    """Run the market hour until a market time; `tell` draws progress twice a second."""
    for arm, desk in on.desks.items():
        if arm.flow != "quiet":
            await desk.declare("FOMC decision", world.FOMC, world.ENDS)
    hour = Hour(on, until_ns, spike, RunRecord(ended_ns=until_ns))
    pacer = Pacer(on.places, hour.asked)
    market = pacer.clock
    async with asyncio.TaskGroup() as tasks:
        beside = [pacer.run(), hour.draw(market, tell), on.ends()]
        running = [tasks.create_task(one) for one in beside]
        async with asyncio.TaskGroup() as inner:
            for arm in on.places.arms:
                inner.create_task(hour.trade(arm, market))
            inner.create_task(hour.cut(market))
            inner.create_task(hour.reach(market, until_ns))
        for task in running:
            task.cancel()
    pacer.let_go()
    hour.seen.slowed = pacer.slowed
    return hour.seen


async def finish(on: Stage, seen: RunRecord, teller: Reporter) -> None:
    """Plug the link in again, stop the nodes cleanly, and keep what the venues believe.

    Nothing may be under way at a venue when the nodes stop: it would execute unheard. And the
    centre must hold every entry: what was recorded before this wait, and then what a node records
    until it has stopped, for a stopping node waits for its last cosignature.
    """
    on.relay.restore()
    seen.statuses = {arm.node_id: await desk.status() for arm, desk in on.desks.items()}
    for desk in on.desks.values():
        await desk.pause_all()
    await waiting.until_all(on.desks, _idle, teller, "open orders to end", within_s=QUIET_S)
    held = waiting.caught_up()
    await waiting.until_all(on.desks, held, teller, "the centre's copies", within_s=ONLINE_S)
    stopping = [arm.node_id for arm in on.nodes]

    async def stop(arm: Arm, child: Child) -> None:
        seen.exits[arm.node_id] = await child.stop(STOP_S)
        stopping.remove(arm.node_id)

    with waiting.told(teller, "clean stops", lambda: list(stopping)):
        async with asyncio.TaskGroup() as tasks:
            for arm, child in on.nodes.items():
                tasks.create_task(stop(arm, child))
    async with on.session.get(f"{on.sandbox.url}/truth") as response:
        truth = await response.json()
    (on.places.data / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    seen.exits["centre"] = await on.centre.stop(STOP_S)
    seen.exits["sandbox"] = await on.sandbox.stop(STOP_S)


def _idle(status: Json) -> bool:
    return not status["orders"]["open"]
