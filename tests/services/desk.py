"""A recorder over an invented node, and venues that answer as a test wants, in virtual time."""

import asyncio
import random

from edgenode.core.observations import OrderAsked
from edgenode.model.errors import UnreachableError
from edgenode.model.facts import OrderDenied
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.venue import MassStatus, NotFound, Unknown, VenueView
from edgenode.services.executor import Executor
from edgenode.sim.world.loop import VirtualLoop
from tests.core.world import SECOND, START, World, intent


class Desk:
    """What the executor needs of a recorder: each step takes effect, and is told, at once."""

    def __init__(self, world=None):
        self.world = world or World()
        for venue in ("a", "b"):
            self.world.publish(venue, 150_000)
        self.world.policy(orders_per_s_max=1_000, event_orders_per_s_max=1_000)
        self.listeners = []

    def now_ns(self):
        """Return the market time that belongs to the loop's virtual time."""
        return START + int(asyncio.get_running_loop().time() * SECOND)

    @property
    def state(self):
        return self.world.state

    def tell(self, listener):
        self.listeners.append(listener)

    def recall(self, name):
        return self.world.names.get(name)

    async def take(self, observation):
        self.world.now = max(self.world.now, self.now_ns())
        recorded = self.world.observe(observation)
        for one in recorded:
            for listener in self.listeners:
                listener(one)
        return None, recorded

    async def sent(self, name, venue, **more):
        ask = intent(name, account=DESK_OVERLAY, venue=venue, price=150_300,
                     **{"time_in_force": "ioc", "lots": 1, **more})  # fmt: skip
        self.world.now = max(self.world.now, self.now_ns())
        for at in ("a", "b"):
            self.world.publish(at, 150_000)
        _, recorded = await self.take(OrderAsked(ask, "rule:overlay"))
        first = recorded[0].fact
        return None if isinstance(first, OrderDenied) else first.order_id

    def order(self, order_id):
        return self.state.orders.orders[order_id]


class Venue:
    """Takes orders and cancels while it is up; knows of an order what `views` says."""

    id = "a"

    def __init__(self, *, up=True):
        self.up = up
        self.submitted, self.canceled, self.asked = [], [], []
        self.views = {}

    def _heard(self):
        if not self.up:
            raise UnreachableError("dark")

    async def submit(self, order):
        self.submitted.append(order.order_id)
        self._heard()

    async def cancel(self, order_id):
        self.canceled.append(order_id)
        self._heard()

    def resume(self, epoch, cursor):
        self.resumed = epoch, cursor

    async def snapshot(self, **_):
        self._heard()
        works = tuple(view for view in self.views.values() if view.state == "working")
        return MassStatus(
            venue=self.id, open_orders=works, fills=(), balances={}, positions={}, cursor=0
        )

    async def query(self, order_id):
        self.asked.append(order_id)
        if not self.up:
            return Unknown("dark")
        return self.views.get(order_id, NotFound())


def view(order_id, state, cum=0, fills=()):
    return VenueView(order_id=order_id, state=state, cum_lots=cum, fills=tuple(fills))


def lived(story, venues, desk=None):
    """Run `story(desk)` beside an executor, in virtual time."""
    desk = desk or Desk()
    executor = Executor(desk, venues, random.Random(1))

    async def life():
        running = asyncio.get_running_loop().create_task(executor.run())
        try:
            await story(desk)
        finally:
            running.cancel()

    loop = VirtualLoop(1)
    try:
        loop.run_until_complete(life())
    finally:
        loop.close()
    return desk
