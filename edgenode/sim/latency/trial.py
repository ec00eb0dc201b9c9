"""One trial: a centre, a node and its venues as processes on loopback, customers, and a tap.

The world is the demo's recorded hour at speed 1, so that market time is real time and all stamps
are of one clock. Orders come one by one, at a pause, four bought and four sold in turn: most leave
something to hedge.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgenode.adapters.lockstep import LockstepClock, LockstepFile
from edgenode.model.ids import NodeId
from edgenode.model.ledgers import MAIN, LedgerId
from edgenode.sim.demo import stage, waiting, world
from edgenode.sim.demo.arms import SHOWN
from edgenode.sim.demo.desk import NodeDesk
from edgenode.sim.demo.waiting import Reporter
from edgenode.sim.demo.world import Places
from edgenode.sim.latency.tap import Tap
from edgenode.sim.recorded import SECOND_NS

Json = dict[str, Any]
PAUSE_S = 0.2
RUN = 4  # orders of one side in turn
QUANTITY = "3.00"
LIMIT_PPM = 1_000
SEED = 1
WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One customer's order: when it was sent, and when its answer came; market ns."""

    sent_ns: int
    answered_ns: int
    status: int


@dataclass(frozen=True, slots=True)
class Observed:
    """All that a trial saw."""

    asked: dict[str, Asked]  # by the customer's name of the order
    rows: list[Json]  # the node's ledger
    pushed: list[tuple[int, int]]
    cosigned: list[tuple[int, int]]
    venues: dict[str, Json]  # what each venue says that it heard and did


async def tried(data: Path, orders: int, teller: Reporter) -> Observed:
    """Run one trial in a new folder; whatever happens, no process outlives it."""
    places = Places(data=data, speed=1, seed=SEED, arms=(SHOWN,))
    async with stage.stage(places, teller) as on:
        file = LockstepFile(places.lockstep)
        clock = LockstepClock(file, len(places.participants), 1)
        tap = Tap(clock, LedgerId(NodeId(SHOWN.node_id), MAIN, 1))
        on.relay.taps = tap.connection
        on.relay.cut()  # what is open now is not heard from its beginning
        on.relay.restore()
        file.anchor(world.BEGINS)
        teller.say(f"{orders} orders, one each {PAUSE_S} s")
        desk = on.desks[SHOWN]
        await _caught_up(on, teller)
        asked = {}
        for number in range(orders):
            name = f"latency-{number}"
            asked[name] = await _asked(desk, clock, _order(name, number, clock.now_ns()))
            await asyncio.sleep(PAUSE_S)
        await desk.pause_all()
        await _caught_up(on, teller)
        rows: list[Json] = []
        while page := await desk.ledger(rows[-1]["seq"] if rows else 0):
            rows += page
        async with on.session.get(f"{on.sandbox.url}/truth") as answer:
            truths = dict(await answer.json())
    return Observed(asked, rows, tap.pushed, tap.cosigned, truths)


async def _asked(desk: NodeDesk, clock: LockstepClock, order: Json) -> Asked:
    sent_ns = clock.now_ns()
    status = await desk.place(order)
    return Asked(sent_ns, clock.now_ns(), status)


async def _caught_up(on: stage.Stage, teller: Reporter) -> None:
    await waiting.until_all(
        on.desks, waiting.caught_up(), teller, "the centre's cosignature", within_s=WITHIN_S
    )


def _order(name: str, number: int, now_ns: int) -> Json:
    """Return an order that meets the quote, whichever side it is on."""
    side = "buy" if number // RUN % 2 == 0 else "sell"
    mid = world.recorded(SHOWN).mid_ticks(now_ns - now_ns % SECOND_NS)
    away = mid * LIMIT_PPM // 1_000_000
    price = mid + away if side == "buy" else mid - away
    return {
        "client_order_id": name,
        "account": "customer:c1",
        "venue": "local",
        "instrument": "WETH-USDC",
        "side": side,
        "type": "limit",
        "time_in_force": "ioc",
        "quantity": QUANTITY,
        "price": f"{price / 100:.2f}",
    }
