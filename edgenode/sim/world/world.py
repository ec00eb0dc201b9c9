"""One world from its seed: populate, let it live with what goes wrong, heal it, judge it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from edgenode.sim.world import explained
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.faults import happen
from edgenode.sim.world.judged import Violation
from edgenode.sim.world.loop import VirtualLoop
from edgenode.sim.world.net import Weather
from edgenode.sim.world.plan import Fault, Scenario, drawn
from edgenode.sim.world.population import Population, populate
from edgenode.sim.world.trace import LINES_KEPT, Trace
from edgenode.sim.world.witness import Witness

HEAL_S = 240.0
TELL_S = 20.0  # for the newest entry of a box that never rests: a dispute keeps its order open
LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one world. The same seed gives the same `digest`."""

    seed: int
    scenario: str
    digest: str
    violation: Violation | None
    faults: tuple[Fault, ...]
    lines: tuple[str, ...]
    happenings: int
    checks: int
    virtual_s: float
    entries: int
    orders: int
    fills: int
    payments: int = 0


def live(
    scenario: Scenario,
    seed: int,
    faults: Sequence[Fault] | None = None,
    lines_max: int | None = LINES_KEPT,
    witness: Witness | None = None,
) -> Outcome:
    """Run one world to its end, or to its first violation."""
    planned = drawn(scenario, seed) if faults is None else tuple(faults)
    loop = VirtualLoop(f"{scenario.name}/{seed}")
    loop.set_exception_handler(lambda *_: None)  # replaced below
    _quiet()
    trace = Trace(loop, lines_max)
    world = populate(loop, scenario, seed, trace)
    if witness is not None:
        world.looks.append(partial(witness.looked, world))
    loop.set_exception_handler(lambda _, context: _unhandled(world, context))
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(_live(world, planned))
        if witness is not None:
            witness.ended(world)
    finally:
        world.end()
        loop.run_until_complete(_emptied())
        loop.close()
        asyncio.set_event_loop(None)
    return Outcome(
        seed=seed,
        scenario=scenario.name,
        digest=trace.digest,
        violation=world.invariants.first,
        faults=planned,
        lines=tuple(trace.lines),
        happenings=trace.count,
        checks=world.invariants.checks,
        virtual_s=loop.passed_s,
        entries=sum(len(c.sealed) for b in world.boxes for c in b.disk.files.chains.values()),
        orders=sum(customers.sent for customers in world.customers),
        fills=sum(len(x.engine.fills) for xs in world.exchanges.values() for x in xs),
        payments=len(world.payments.payer.journal) if world.payments else 0,
    )


async def _live(world: Population, planned: Sequence[Fault]) -> None:
    await world.settle()
    trading = [asyncio.ensure_future(c.trade()) for c in world.customers]  # noqa: TID251
    failing = [asyncio.ensure_future(happen(world, f)) for f in planned]  # noqa: TID251
    ends = world.loop.time() + world.scenario.lasts_s
    await _until(world, ends, lambda: False)
    for task in trading:
        task.cancel()
    if world.invariants.first is None:
        await asyncio.wait(failing) if failing else None
        await _heal(world)
    for task in failing:
        task.cancel()


async def _heal(world: Population) -> None:
    """End every fault, and wait until nothing moves; then judge what is left."""
    world.trace.say("world", "healed")
    for box in world.boxes:
        box.disk.full = box.disk.fails = False
        box.disk.slow = 1.0
        box.clock.offset_ns = 0
        box.link.weather = Weather()
        box.link.set_up(True)
    for exchanges in world.exchanges.values():
        for exchange in exchanges:
            exchange.engine.faults.clear()
            exchange.pages = exchange.silent = False
            exchange.ring()
            exchange.frozen = True
    if world.payments is not None:
        world.payments.heal()
    await world.centre.power_on()
    ends = world.loop.time() + HEAL_S
    await _until(world, ends, lambda: _all_rest(world))
    ends = world.loop.time() + TELL_S
    await _until(world, ends, lambda: all(_told(world, box) for box in world.boxes))
    if world.invariants.first is None:
        for box in world.boxes:
            if not box.stopped_for_good:
                world.invariants.rest.at_rest(box, world.exchanges[box.node])
        world.forks.at_rest(world.boxes)
        if world.payments is not None:
            world.payments.judged.at_rest(world.payments.payer)


async def _emptied() -> None:
    """End every task that is left."""
    me = asyncio.current_task()
    left = [task for task in asyncio.all_tasks() if task is not me]
    for task in left:
        task.cancel()
    await asyncio.wait(left, timeout=HEAL_S)


async def _until(world: Population, ends: float, done: Callable[[], bool]) -> None:
    """Advance time until it is over, or done, or something is violated."""
    judged = world.invariants
    while world.loop.time() < ends and judged.first is None and not done():
        await asyncio.sleep(LOOK_S)
        for look in world.looks:
            look()


def _all_rest(world: Population) -> bool:
    paid = world.payments is None or world.payments.rests()
    return paid and all(_rests(world, box) for box in world.boxes)


def _rests(world: Population, box: SimBox) -> bool:
    """Return whether a box has nothing left to do.

    All is told, all cosigned, nothing open outside, and its clock is believed again.
    """
    if box.stopped_for_good or box.live is None:
        return _told(world, box)
    state = box.live.recorder.state
    busy = explained.waiting(state) or state.limits.is_behind(box.clock.now_ns())
    return _told(world, box) and not busy


def _told(world: Population, box: SimBox) -> bool:
    """Return whether nothing of a box is on its way: box, disk and book are of one size."""
    if box.stopped_for_good:
        return True
    live, opened = box.live, world.centre.opened
    if live is None or opened is None or world.forks.quarantined(box):
        return False
    theirs = opened.centre.book.states.get(box.node)
    size = live.recorder.state.size
    held = len(box.disk.files.chains[box.ledger.name].sealed)
    return theirs is not None and theirs.size == size == held


def _unhandled(world: Population, context: dict[str, object]) -> None:
    error = context.get("exception")
    if isinstance(error, BaseException) and not isinstance(error, asyncio.CancelledError):
        world.trace.say("loop", "unhandled", error=repr(error)[:200])


def _quiet() -> None:
    """Discard the product's log: a world has a trace."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
