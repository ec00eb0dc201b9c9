"""What the order desk answers is what the step recorded."""

import asyncio

from edgenode.core.observations import OrderAsked, Tick
from edgenode.daemon.control.facade import AmendRequest, OrderRequest
from edgenode.daemon.orders.desk import OrderDesk
from edgenode.daemon.paper import PaperWorld
from tests.core.world import CUSTOMER, World, intent


class Recorder:
    """A recorder over an invented node whose steps wait for its start, as before a HELLO."""

    def __init__(self, world):
        self.world, self.begun = world, asyncio.Event()

    @property
    def state(self):
        return self.world.state

    def recall(self, name):
        return self.world.names.get(name)

    async def observe(self, observation):
        await self.begun.wait()
        return self.world.observe(observation)

    async def settled(self):
        """All is durable at once."""


def order(name="T1", **more):
    row = {
        "client_order_id": name, "account": CUSTOMER, "venue": "local", "instrument": "WETH-USDC",
        "side": "buy", "type": "limit", "time_in_force": "day", "quantity": "0.50",
        "price": "1400.00", **more,
    }  # fmt: skip
    return OrderRequest(**row)


def quoting():
    world = World(PaperWorld(quote_size_lots=500, venues=("a",), static_reference_ticks=None))
    world.publish("a", 150_000)
    world.observe(Tick())
    return world


async def test_of_two_equal_requests_that_wait_for_the_start_one_is_new():
    recorder = Recorder(World())
    desk = OrderDesk(recorder)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(desk.place(order(), "c")) for _ in range(2)]
        await asyncio.sleep(0)  # both are asked for and wait
        recorder.begun.set()
    first, second = (task.result() for task in asked)
    assert sorted((first.status, second.status)) == [200, 201]
    assert first.body == second.body


async def test_a_denied_order_and_its_repeat_have_one_seq_and_other_content_is_refused():
    recorder = Recorder(World())
    recorder.begun.set()
    desk = OrderDesk(recorder)
    first = await desk.place(order(quantity="0.00"), "c")
    again = await desk.place(order(quantity="0.00"), "c")
    other = await desk.place(order(quantity="0.10"), "c")
    assert (first.status, again.status, other.status) == (422, 422, 409)
    assert first.body["ledger_seq"] == again.body["ledger_seq"]


async def test_an_order_that_ended_and_left_in_its_own_step_is_answered(monkeypatch):
    monkeypatch.setattr("edgenode.core.node.ENDED_ORDERS_KEPT", 0)
    recorder = Recorder(World())
    recorder.begun.set()
    answer = await OrderDesk(recorder).place(order(time_in_force="ioc"), "c")
    assert (answer.status, answer.body["state"]) == (201, "DONE")


async def test_a_change_of_an_order_that_the_renewed_quote_took_is_a_conflict():
    world = quoting()
    rests = world.facts(OrderAsked(intent("R", lots=50, price=150_000), CUSTOMER))[0]
    world.publish("a", 149_500)
    recorder = Recorder(world)
    recorder.begun.set()
    change = AmendRequest(client_order_id="A1", price="1510.00")
    answer = await OrderDesk(recorder).amend(CUSTOMER, rests.order_id, change, "c")
    assert (answer.status, answer.body["code"]) == (409, "EN006")
