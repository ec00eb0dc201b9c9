"""Lets each planned fault happen to the world, and ends it again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

from edgenode.central.registry import PARTY
from edgenode.sim.faults import DemandedFault
from edgenode.sim.world import rail_faults
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.courier import Courier, Stick
from edgenode.sim.world.disk import Disk
from edgenode.sim.world.loop import lane
from edgenode.sim.world.net import Link, Weather
from edgenode.sim.world.plan import Fault
from edgenode.sim.world.population import Population
from edgenode.sim.world.rekeying import rekey
from edgenode.sim.world.thief import with_copy

SECOND_NS = 1_000_000_000
OFF_S = 0.5
VISITS = 3  # of a courier, or a thief
AGAIN_S = 6.0  # between a thief's
COMMIT_WITHIN_S = 15.0  # of a box or a centre that runs, one begins


async def happen(world: Population, fault: Fault) -> None:
    """Begin one fault, wait, and end it."""
    lane(str(fault))
    await asyncio.sleep(fault.at_s)
    if fault.kind in rail_faults.KINDS:
        assert world.payments is not None, "this scenario has no rail"
        world.trace.say("fault", fault.kind, on="rail", for_s=round(fault.for_s, 3))
        await rail_faults.KINDS[fault.kind](world.payments, fault)
        world.trace.say("fault", f"{fault.kind}_over", on="rail")
        return
    box = world.boxes[fault.target % len(world.boxes)]
    if box.stopped_for_good:
        return
    world.trace.say("fault", fault.kind, on=box.name, for_s=round(fault.for_s, 3))
    await KINDS[fault.kind](world, box, fault)
    world.trace.say("fault", f"{fault.kind}_over", on=box.name)


async def _cut(_: Population, box: SimBox, fault: Fault) -> None:
    box.link.set_up(False)
    await asyncio.sleep(fault.for_s)
    box.link.set_up(True)


async def _slow_link(_: Population, box: SimBox, fault: Fault) -> None:
    low, high = box.link.weather.delay_s
    late = (low * fault.amount, high * fault.amount)
    await _weather(box.link, fault, replace(box.link.weather, delay_s=late, bytes_per_s=20_000))


async def _lossy(_: Population, box: SimBox, fault: Fault) -> None:
    share = fault.amount
    weather = replace(box.link.weather, loss=share, double=share, corrupt=share / 4)
    await _weather(box.link, fault, weather)


async def _reorder(_: Population, box: SimBox, fault: Fault) -> None:
    await _weather(box.link, fault, replace(box.link.weather, held=fault.amount))


async def _weather(link: Link, fault: Fault, weather: Weather) -> None:
    link.weather = weather
    await asyncio.sleep(fault.for_s)
    link.weather = replace(Weather(), up=link.weather.up)


async def _cut_venue(world: Population, box: SimBox, fault: Fault) -> None:
    for link in world.venue_links[box.node]:
        link.set_up(False)
    await asyncio.sleep(fault.for_s)
    for link in world.venue_links[box.node]:
        link.set_up(True)


async def _reorder_venue(world: Population, box: SimBox, fault: Fault) -> None:
    async with asyncio.TaskGroup() as links:
        for link in world.venue_links[box.node]:
            held = replace(link.weather, held=fault.amount)
            links.create_task(_weather(link, fault, held))


async def _courier(world: Population, box: SimBox, fault: Fault) -> None:
    """Cut the link, fill a stick at every visit, and carry it; bring the link up at the end."""
    acked, _ = box.disk.files.acks.get((box.ledger.name, PARTY), (0, ""))
    stick, stale = Stick(box, acked), Stick(box, 0)
    courier = Courier(world.centre, world.invariants.sync)
    box.link.set_up(False)
    stale.fill()
    for _ in range(VISITS):
        await asyncio.sleep(fault.for_s / VISITS)
        stick.fill()
    if fault.detail == "late":
        box.link.set_up(True)
    await asyncio.sleep(fault.amount)
    match fault.detail:
        case "twice":
            await courier.hand_over(box, stick.carried * 2)
        case "wrong_order":
            await courier.hand_over_until_idle(box, stick.carried[::-1])
        case "stale":
            await courier.hand_over(box, stick.carried + stale.carried)
        case _:
            await courier.hand_over(box, stick.carried)
    box.link.set_up(True)


async def _venue(world: Population, box: SimBox, fault: Fault) -> None:
    for exchange in world.exchanges[box.node]:
        exchange.engine.faults.append(DemandedFault(fault.detail, int(fault.amount), 0))


async def _venue_restarts(world: Population, box: SimBox, _: Fault) -> None:
    for exchange in world.exchanges[box.node]:
        exchange.engine.renumber(f"{exchange.engine.epoch}+")
        exchange.ring()


async def _venue_forgets(world: Population, box: SimBox, _: Fault) -> None:
    for exchange in world.exchanges[box.node]:
        exchange.engine.forget()


async def _venue_pages(world: Population, box: SimBox, fault: Fault) -> None:
    exchanges = world.exchanges[box.node]
    for exchange in exchanges:
        exchange.pages = True
    await asyncio.sleep(fault.for_s)
    for exchange in exchanges:
        exchange.pages = False


async def _venue_silent(world: Population, box: SimBox, fault: Fault) -> None:
    exchanges = world.exchanges[box.node]
    for exchange in exchanges:
        exchange.silent = True
    await asyncio.sleep(fault.for_s)
    for exchange in exchanges:
        exchange.silent = False
        exchange.ring()


async def _kill(_: Population, box: SimBox, fault: Fault) -> None:
    box.power_off()
    await asyncio.sleep(OFF_S + fault.for_s)
    box.power_on()


async def _stop(_: Population, box: SimBox, __: Fault) -> None:
    box.stop.set()


async def _torn(world: Population, box: SimBox, fault: Fault) -> None:
    await _in_a_commit(box.disk, fault)
    await _kill(world, box, fault)


async def _in_a_commit(disk: Disk, fault: Fault) -> None:
    """Wait until a commit is on its way to the disk; where none comes, so be it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(COMMIT_WITHIN_S):
            commit = await disk.next_commit()
            await asyncio.sleep(commit.takes_s * fault.amount)


async def _full(_: Population, box: SimBox, fault: Fault) -> None:
    box.disk.full = True
    await asyncio.sleep(fault.for_s)
    box.disk.full = False


async def _fails(_: Population, box: SimBox, fault: Fault) -> None:
    box.disk.fails = True
    await asyncio.sleep(fault.for_s)
    box.disk.fails = False


async def _slow_disk(_: Population, box: SimBox, fault: Fault) -> None:
    box.disk.slow = fault.amount
    await asyncio.sleep(fault.for_s)
    box.disk.slow = 1.0


async def _lies(_: Population, box: SimBox, fault: Fault) -> None:
    box.disk.lies = True
    await asyncio.sleep(fault.for_s)
    box.power_off()
    box.disk.lies = False
    await asyncio.sleep(OFF_S)
    box.power_on()


async def _clock(_: Population, box: SimBox, fault: Fault) -> None:
    box.clock.offset_ns += int(fault.amount * SECOND_NS)


async def _drift(_: Population, box: SimBox, fault: Fault) -> None:
    usual, box.clock.drift_ppm = box.clock.drift_ppm, int(fault.amount)
    await asyncio.sleep(fault.for_s)
    box.clock.drift_ppm = usual  # what it gained or lost stays


async def _restore(_: Population, box: SimBox, fault: Fault) -> None:
    """Put an older image of the ledger's partition back; the anchor is not on it."""
    image = box.disk.files.copy()
    await asyncio.sleep(fault.for_s)
    box.power_off()
    box.disk.files = image
    await asyncio.sleep(OFF_S)
    box.power_on()


async def _clone(world: Population, box: SimBox, _: Fault) -> None:
    await world.clone(box, after_s=OFF_S)


async def _stolen_key(world: Population, box: SimBox, fault: Fault) -> None:
    """Take the key and a copy of the ledger; use them later, and again after that."""
    copy = box.disk.files.chains[box.ledger.name].copy()
    await asyncio.sleep(fault.for_s)
    door = Courier(world.centre, world.invariants.sync)
    thief = with_copy(box, copy, door, random.Random(str(fault)))
    for _ in range(VISITS):
        if fault.detail == "newest":
            await thief.take_newest()
        await thief.sign(int(fault.amount))
        await thief.push()
        await asyncio.sleep(AGAIN_S)


async def _centre_kill(world: Population, _: SimBox, fault: Fault) -> None:
    world.centre.power_off()
    await asyncio.sleep(OFF_S + fault.for_s)
    await world.centre.power_on()


async def _centre_torn(world: Population, box: SimBox, fault: Fault) -> None:
    await _in_a_commit(world.centre.disk, fault)
    await _centre_kill(world, box, fault)


async def _centre_restore(world: Population, _: SimBox, fault: Fault) -> None:
    """Put back what the centre held of nodes earlier; its own ledgers stay."""
    image = {name: mirror.copy() for name, mirror in world.centre.disk.files.mirrors.items()}
    await asyncio.sleep(fault.for_s)
    world.centre.power_off()
    world.invariants.centre_put_back(image)
    world.forks.centre_put_back(image)
    world.centre.disk.files.mirrors = image
    await asyncio.sleep(OFF_S)
    await world.centre.power_on()


KINDS: dict[str, Callable[[Population, SimBox, Fault], Awaitable[None]]] = {
    "cut": _cut,
    "slow_link": _slow_link,
    "lossy": _lossy,
    "reorder": _reorder,
    "cut_venue": _cut_venue,
    "reorder_venue": _reorder_venue,
    "courier": _courier,
    "venue": _venue,
    "venue_restarts": _venue_restarts,
    "venue_forgets": _venue_forgets,
    "venue_pages": _venue_pages,
    "venue_silent": _venue_silent,
    "kill": _kill,
    "stop": _stop,
    "torn": _torn,
    "full": _full,
    "fails": _fails,
    "slow_disk": _slow_disk,
    "lies": _lies,
    "clock": _clock,
    "drift": _drift,
    "restore": _restore,
    "clone": _clone,
    "rekey": rekey,
    "stolen_key": _stolen_key,
    "centre_kill": _centre_kill,
    "centre_torn": _centre_torn,
    "centre_restore": _centre_restore,
}
