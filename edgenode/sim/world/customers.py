"""Customers of one box: seeded orders, changes and cancels; whoever gets no answer asks again."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from edgenode.daemon.control.facade import AmendRequest, OrderRequest, PlaceAnswer
from edgenode.model.errors import EdgenodeError
from edgenode.model.facts import Instrument
from edgenode.model.money import format_decimal
from edgenode.sim.venue.markets import StaticMarket
from edgenode.sim.world.box import SimBox
from edgenode.sim.world.disk import PowerGoneError
from edgenode.sim.world.loop import lane

Json = dict[str, Any]
ACTOR = "customer:c1"
PATIENCE_S = 3.0
AGAIN_S = (0.2, 3.0)
TRIES_MAX = 60
CANCELS, AMENDS = 0.1, 0.1  # shares of what is asked
NEW, NOT_DURABLE = 201, 503


@dataclass(frozen=True, slots=True)
class Traded:
    """An instrument, and where its price stands."""

    fact: Instrument
    market: StaticMarket


@dataclass(slots=True)
class Customers:
    """What they asked, and what they were told."""

    box: SimBox
    rng: random.Random
    told: Callable[[SimBox, Json, PlaceAnswer], None]
    per_s: float
    awake: Callable[[], bool] = lambda: True
    instruments: Sequence[Traded] = ()
    sent: int = 0
    answered: dict[int, int] = field(default_factory=dict)
    resting: list[str] = field(default_factory=list)
    _of: dict[str, Traded] = field(default_factory=dict)

    async def trade(self) -> None:
        """Ask for orders until cancelled."""
        lane(f"{self.box.name}/customers")
        async with asyncio.TaskGroup() as tasks:
            while True:
                await asyncio.sleep(self.rng.expovariate(self.per_s))
                if not self.awake():
                    continue
                verb = self.rng.random()
                if verb < CANCELS and self.resting:
                    tasks.create_task(self._cancel(self.rng.choice(self.resting)))
                elif verb < CANCELS + AMENDS and self.resting:
                    tasks.create_task(self._amend(self.rng.choice(self.resting)))
                else:
                    self.sent += 1
                    tasks.create_task(self._place(self._order()))

    async def _place(self, order: Json) -> None:
        """Send an order until an answer comes; the same id each time."""
        for _ in range(TRIES_MAX):
            live = self.box.live
            if live is not None:
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        body = msgspec.convert(order, OrderRequest)
                        answer = await live.node.place(body, ACTOR)
                except (EdgenodeError, TimeoutError, PowerGoneError):
                    answer = None
                if answer is not None and self.box.live is live and answer.status != NOT_DURABLE:
                    self.told(self.box, order, answer)
                    self.answered[answer.status] = self.answered.get(answer.status, 0) + 1
                    if order["time_in_force"] == "day" and answer.status == NEW:
                        self.resting.append(order["client_order_id"])
                    return
            await asyncio.sleep(self.rng.uniform(*AGAIN_S))

    async def _cancel(self, name: str) -> None:
        live = self.box.live
        if live is None:
            return
        try:
            async with asyncio.timeout(PATIENCE_S):
                await live.node.cancel(ACTOR, name, ACTOR)
        except (EdgenodeError, TimeoutError, PowerGoneError):
            return
        if name in self.resting:
            self.resting.remove(name)

    async def _amend(self, name: str) -> None:
        live = self.box.live
        if live is None:
            return
        traded = self._of[name]
        price = traded.market.mid_ticks + self.rng.randint(-120, 120)
        body = {
            "client_order_id": f"{name}-{self.rng.getrandbits(30)}",
            "price": _text(price, traded.fact.price_decimals),
        }
        try:
            async with asyncio.timeout(PATIENCE_S):
                await live.node.amend(ACTOR, name, msgspec.convert(body, AmendRequest), ACTOR)
        except (EdgenodeError, TimeoutError, PowerGoneError):
            return

    def _order(self) -> Json:
        rng = self.rng
        one = len(self.instruments) == 1
        traded = self.instruments[0] if one else rng.choice(self.instruments)
        self._of[f"{self.box.name}-{self.sent}"] = traded
        side = rng.choice(("buy", "sell"))
        shape = rng.choice(("ioc", "ioc", "ioc", "fok", "day", "post", "market"))
        away = rng.randint(0, 200) if shape != "post" else -rng.randint(50, 200)
        price = traded.market.mid_ticks + (away if side == "buy" else -away)
        order: Json = {
            "client_order_id": f"{self.box.name}-{self.sent}",
            "account": ACTOR,
            "venue": "local",
            "instrument": traded.fact.id,
            "side": side,
            "quantity": _text(rng.randint(1, 250), traded.fact.quantity_decimals),
            "time_in_force": "day" if shape in {"day", "post"} else shape,
            "post_only": shape == "post",
        }
        if shape == "market":
            return {**order, "type": "market", "time_in_force": "ioc"}
        return {**order, "price": _text(max(1, price), traded.fact.price_decimals)}


def _text(smallest: int, decimals: int) -> str:
    return format_decimal(smallest, decimals)
