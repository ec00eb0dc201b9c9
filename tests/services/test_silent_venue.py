"""A venue that answers anything, against executor, inquiry, reconciler and core, in virtual time.

The model keeps the truth apart. Whatever it answers and whenever: its truth lies within what the
books hold possible, no order stays open without a question, questions are few, and once it can be
read again every execution is booked exactly once within one reconcile.
"""

import asyncio
import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import CancelAsked, Reported, Tick
from edgenode.core.venues.silence import OWNED, RESTS
from edgenode.model.break_types import FORGOTTEN
from edgenode.model.errors import RefusedError, UnreachableError
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, FillReport, Finished, MassStatus, NotFound, VenueView
from edgenode.services.executor import Executor
from edgenode.services.reconciler import EVERY_S, Reconciler
from edgenode.sim.world.explained import worst_case
from edgenode.sim.world.loop import VirtualLoop
from tests.core.world import WETH
from tests.services.desk import Desk

ANSWER = 10
MOODS = ("good", "page", "refused", "hangs", "lost_answer", "late", "forgets", "other_order")


class Anything:
    """A venue in a mood; `told` events reach the desk, or are lost while it is mute."""

    id = "a"

    def __init__(self, desk, rng):
        self.desk, self.rng = desk, rng
        self.mood, self.mute = "good", False
        self.orders, self.fills, self.events = {}, [], []
        self.numbers = itertools.count(1)
        self.cursor = self.questions = 0
        self.epoch = "1"
        self.acknowledged = set()  # what the desk was told of

    @property
    def net(self):
        return sum(fill.quantity_lots for fill in self.fills)

    def resume(self, *_):
        pass

    async def submit(self, order):
        if self.mood == "page" and self.rng.random() < 0.5:
            raise UnreachableError("a page")
        if self.mood == "hangs" and self.rng.random() < 0.5:
            await asyncio.sleep(60)
        arrives = asyncio.get_running_loop().create_task(self.arrives(order))
        await asyncio.shield(arrives)  # it travels on whatever becomes of its sender
        return await self.answered(order.order_id)

    async def arrives(self, order):
        if self.mood == "late":
            await asyncio.sleep(self.rng.uniform(1, 9))
        self.orders[order.order_id] = ["working", order.quantity_lots, 0]
        self.tell(Acked(venue="a", order_id=order.order_id))
        if order.time_in_force == "ioc":
            self.execute(order.order_id)
            if self.orders[order.order_id][0] == "working":
                self.end(order.order_id, "canceled")

    def execute(self, order_id):
        state, lots, done = self.orders[order_id]
        some = self.rng.randint(0, lots - done)
        if state != "working" or not some:
            return
        self.orders[order_id][2] += some
        fill = FillReport(
            venue="a", venue_account="desk", scope="a", exec_id=f"x{next(self.numbers)}",
            order_id=order_id, instrument=WETH, side="buy", quantity_lots=some,
            price_ticks=150_000, fee_minor=1, fee_currency="USDC",
            venue_time_ns=self.desk.world.now,
        )  # fmt: skip
        self.fills.append(fill)
        self.tell(fill)
        if done + some == lots:
            self.end(order_id, "filled")

    def end(self, order_id, reason):
        self.orders[order_id][0] = reason
        cum = self.orders[order_id][2]
        self.tell(Finished(venue="a", order_id=order_id, reason=reason, cum_lots=cum))

    def tell(self, event):
        self.cursor += 1
        if not self.mute:
            self.events.append(event)

    async def cancel(self, order_id):
        if self.mood != "good":
            await self.answered(order_id)
        if order_id in self.orders and self.orders[order_id][0] == "working":
            self.end(order_id, "canceled")

    async def query(self, order_id):
        self.questions += 1
        if self.mood == "forgets" and not self.hidden(order_id):
            self.orders.pop(order_id, None)
        return await self.answered(order_id) or NotFound()

    def hidden(self, order_id):
        """An acknowledged order is forgotten for a while only, as after a fail-over: it lives."""
        return self.mood == "forgets" and order_id in self.acknowledged

    async def answered(self, order_id):
        match self.mood:
            case "page" | "lost_answer" | "other_order":  # the adapter makes no view of it
                raise UnreachableError("an answer that tells nothing")
            case "refused":
                raise RefusedError("too long", code="EN004")
            case "hangs":
                await asyncio.sleep(60)
            case _:
                pass
        if order_id not in self.orders or self.hidden(order_id):
            return None
        state, _, cum = self.orders[order_id]
        mine = tuple(fill for fill in self.fills if fill.order_id == order_id)
        return VenueView(order_id=order_id, state=state, cum_lots=cum, fills=mine)

    async def snapshot(self, **_):
        await self.answered("")
        works = [
            name
            for name, (state, *_) in self.orders.items()
            if state == "working" and not self.hidden(name)
        ]
        return MassStatus(
            venue="a", fills=tuple(self.fills), cursor=self.cursor, epoch=self.epoch,
            open_orders=tuple([await self.answered(name) for name in works]),
            balances={}, positions={WETH: self.net},
        )  # fmt: skip


def possible(desk):
    return worst_case(desk.state, "a", WETH)


stories = st.lists(
    st.tuples(
        st.sampled_from(MOODS),
        st.booleans(),
        st.lists(st.sampled_from(["ioc", "day", "cancel", "execute", "renumber"]), max_size=3),
        st.integers(1, 40),
    ),
    max_size=6,
)


async def step(venue, desk):
    """Let one second pass: the stream's events, a tick, and the law that always holds."""
    await asyncio.sleep(1)
    told, venue.events = venue.events, []
    for event in told:
        await desk.take(Reported(event))
    works = (OrderState.WORKING, OrderState.PARTIAL)
    orders = desk.state.orders.at_venues()
    venue.acknowledged |= {o.gated.order_id for o in orders if o.state in works or o.filled_lots}
    await desk.take(Tick())
    low, high = possible(desk)
    assert low <= venue.net <= high, (low, venue.net, high)


async def act(venue, desk, what, name):
    names = list(venue.orders)
    match what:
        case "ioc" | "day":
            await desk.sent(name, "a", lots=5, time_in_force=what)
        case "cancel" if names:
            await desk.take(CancelAsked(venue.rng.choice(names), "person:p"))
        case "execute" if names:
            venue.execute(venue.rng.choice(names))
        case "renumber":
            venue.cursor, venue.epoch = 0, f"{venue.epoch}+"
        case _:
            pass


async def lived(venue, desk, story):
    numbers = itertools.count()
    for venue.mood, venue.mute, acts, seconds in story:
        for what in acts:
            await act(venue, desk, what, f"H{next(numbers)}")
        asked = venue.questions
        for _ in range(seconds):
            await step(venue, desk)
        assert venue.questions - asked <= 20 * (1 + len(venue.orders)) + seconds
    await healed(venue, desk)


async def healed(venue, desk):
    """Let the venue be good again, and hold the books against its truth."""
    venue.mood, venue.mute = "good", False
    for _ in range(int(EVERY_S) + 10):
        await step(venue, desk)
    booked = [fact for _, fact in desk.world.recorded if type(fact).__name__ == "FillRecorded"]
    ids = [fact.exec_id for fact in booked if fact.venue == "a"]
    assert sorted(ids) == sorted(fill.exec_id for fill in venue.fills)  # each exactly once
    for _ in range((RESTS + OWNED) * ANSWER):
        await step(venue, desk)
    open_ = {found.break_id for found in desk.state.breaks.open.values()}
    for order in desk.state.orders.at_venues():
        name = order.gated.order_id
        at_work = venue.orders.get(name, [""])[0] == "working" and not order.cancel_sent
        assert at_work or f"{FORGOTTEN}:{name}" in open_, (order.state, venue.orders.get(name))
        assert at_work == (order.state is not OrderState.UNKNOWN)


@settings(max_examples=40, deadline=None)
@given(stories, st.integers(0, 1_000))
def test_a_venue_that_answers_anything(story, seed):
    desk = Desk()
    desk.world.policy(overlay_enabled=False, quote_size_lots=0, answer_s=ANSWER)
    venue = Anything(desk, random.Random(seed))
    executor = Executor(desk, {"a": venue}, random.Random(1))
    reconciler = Reconciler(desk, venue, executor.look, desk)

    async def life():
        loop = asyncio.get_running_loop()
        running = [loop.create_task(part) for part in (executor.run(), reconciler.run())]
        try:
            await lived(venue, desk, story)
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)

    loop = VirtualLoop(1)
    try:
        loop.run_until_complete(life())
    finally:
        loop.close()
    desk.world.assert_refolds()
