"""Lets each planned fault happen to the world, and ends it again."""

import asyncio
from dataclasses import replace

from edgenode.sim.venue.engine import Fault as EngineFault
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.net import Link, Weather
from edgenode.sim.world.plan import Fault
from edgenode.sim.world.population import Population

SECOND_NS = 1_000_000_000
OFF_S = 0.5


async def happen(world: Population, fault: Fault) -> None:
    """Let one fault begin, last and end."""
    await asyncio.sleep(fault.at_s)
    box = world.boxes[fault.target % len(world.boxes)]
    if fault.kind not in {"centre_kill", "centre_restore"} and box.stopped_for_good:
        return
    world.trace.say("fault", fault.kind, on=box.name, for_s=round(fault.for_s, 3))
    match fault.kind:
        case "cut" | "slow_link" | "lossy":
            await _weather(box.link, fault)
        case "cut_venue":
            links = world.venue_links[box.node]
            for link in links:
                link.set_up(False)
            await asyncio.sleep(fault.for_s)
            for link in links:
                link.set_up(True)
        case "venue":
            for exchange in world.exchanges[box.node]:
                exchange.engine.faults.append(EngineFault(fault.detail, int(fault.amount), 0))
        case "kill":
            box.power_off()
            await asyncio.sleep(OFF_S + fault.for_s)
            box.power_on()
        case "full" | "fails":
            setattr(box.disk, fault.kind, True)
            await asyncio.sleep(fault.for_s)
            setattr(box.disk, fault.kind, False)
        case "slow_disk":
            box.disk.slow = fault.amount
            await asyncio.sleep(fault.for_s)
            box.disk.slow = 1.0
        case "lies":
            box.disk.lies = True
            await asyncio.sleep(fault.for_s)
            box.power_off()
            box.disk.lies = False
            await asyncio.sleep(OFF_S)
            box.power_on()
        case "clock":
            box.clock.offset_ns += int(fault.amount * SECOND_NS)
        case "restore":
            await _restore(box, fault)
        case "clone":
            await world.clone(box, after_s=OFF_S)
        case "centre_kill":
            world.centre.power_off()
            await asyncio.sleep(OFF_S + fault.for_s)
            await world.centre.power_on()
        case "centre_restore":
            image = {n: m.copy() for n, m in world.centre.disk.files.mirrors.items()}
            await asyncio.sleep(fault.for_s)
            world.centre.power_off()
            world.invariants.centre_may_forget = True
            world.centre.disk.files.mirrors = image
            await asyncio.sleep(OFF_S)
            await world.centre.power_on()
        case _:
            raise ValueError(f"nobody knows the fault {fault.kind!r}")
    world.trace.say("fault", f"{fault.kind}_over", on=box.name)


async def _weather(link: Link, fault: Fault) -> None:
    if fault.kind == "cut":
        link.set_up(False)
        await asyncio.sleep(fault.for_s)
        link.set_up(True)
        return
    before = link.weather
    low, high = before.delay_s
    changed: Weather
    if fault.kind == "slow_link":
        late = (low * fault.amount, high * fault.amount)
        changed = replace(before, delay_s=late, bytes_per_s=20_000)
    else:
        share = fault.amount
        changed = replace(before, loss=share, double=share, corrupt=share / 4)
    link.weather = changed
    await asyncio.sleep(fault.for_s)
    link.weather = replace(Weather(), up=link.weather.up)


async def _restore(box: SimBox, fault: Fault) -> None:
    """Put an older image of the ledger's partition back; the anchor is not on it."""
    image = box.disk.files.copy()
    await asyncio.sleep(fault.for_s)
    box.power_off()
    box.disk.files = image
    await asyncio.sleep(OFF_S)
    box.power_on()
