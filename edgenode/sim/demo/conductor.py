"""Conducts the demo: lets the market hour pass, cuts the link, and ends when both sides agree.

Real sockets; only market time is scaled. Customers of all arms trade at the same time; the link to
the centre of half of the nodes goes through a relay that is unplugged for half an hour of market.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from edgenode.adapters.clock import MarketClock, WallClock
from edgenode.sim.demo import customers, waiting, world
from edgenode.sim.demo.arms import Arm
from edgenode.sim.demo.processes import Child
from edgenode.sim.demo.stage import Stage
from edgenode.sim.demo.waiting import Reporter
from edgenode.sim.recorded import SECOND_NS

Json = dict[str, Any]
LEAD_NS = 500_000_000  # between writing the start file and the start of market time
ONLINE_S = 300.0
QUIET_S = 120.0
STOP_S = world.DRAIN_S + 30.0  # a node waits that long for its last cosignature


@dataclass(slots=True)
class RunRecord:
    """What the conductor saw while it ran, beside what the ledgers say."""

    cut_ns: int | None = None
    restored_ns: int | None = None
    ended_ns: int = 0
    statuses: dict[str, Json] = field(default_factory=dict)
    counts: dict[str, customers.Counts] = field(default_factory=dict)
    exits: dict[str, int] = field(default_factory=dict)


async def play(
    on: Stage,
    spike: float,
    tell: Callable[[int, dict[Arm, Json]], None],
    exit_after_s: float | None,
) -> RunRecord:
    """Run the market hour; `tell` draws progress once a second."""
    places, seen = on.places, RunRecord()
    for arm, desk in on.desks.items():
        if arm.flow != "quiet":
            await desk.declare("FOMC decision", world.FOMC, world.ENDS)
    market = _begin(on)
    until = world.ENDS
    if exit_after_s is not None:
        until = min(until, world.BEGINS + int(exit_after_s * places.speed) * SECOND_NS)
    async with asyncio.TaskGroup() as tasks:
        beside = [tasks.create_task(_draw(on, market, tell)), tasks.create_task(on.ends())]
        async with asyncio.TaskGroup() as inner:
            for arm in places.arms:
                inner.create_task(_trade(on, arm, market, until, spike, seen))
            inner.create_task(_cut(on, market, until, seen))
            inner.create_task(_sleep_until(market, until, places.speed))
        for task in beside:
            task.cancel()
    seen.ended_ns = until
    return seen


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


def _begin(on: Stage) -> MarketClock:
    """Start market time everywhere, by a file that is there all at once."""
    places = on.places
    start_ns = WallClock().now_ns() + LEAD_NS
    beside = places.start_file.with_suffix(".new")
    beside.write_text(str(start_ns), encoding="ascii")
    beside.replace(places.start_file)
    return MarketClock(world.BEGINS, places.speed, str(places.start_file))


async def _trade(
    on: Stage, arm: Arm, market: MarketClock, until: int, spike: float, seen: RunRecord
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


async def _cut(on: Stage, market: MarketClock, until: int, seen: RunRecord) -> None:
    """Unplug the relay, and plug it in again, at their market times.

    The times that are kept lie within the cut: nothing passes between them.
    """
    if until <= world.CUT:
        return
    await _sleep_until(market, world.CUT, on.places.speed)
    on.relay.cut()
    seen.cut_ns = market.now_ns()
    await _sleep_until(market, min(world.RESTORED, until), on.places.speed)
    seen.restored_ns = market.now_ns()
    on.relay.restore()


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
