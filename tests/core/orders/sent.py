"""An overlay order at venue a, and what is said of it."""

from dataclasses import replace

from edgenode.core.observations import OrderAsked, Reported
from edgenode.daemon.paper import PaperWorld
from edgenode.model.venue import FillReport
from tests.core.world import WETH, World, intent


def sent(lots=100):
    world = World(PaperWorld(venues=("a",)))
    world.publish("a", 150_000)
    ask = intent("H", account="desk:overlay", venue="a", lots=lots, price=150_100,
                 time_in_force="ioc")  # fmt: skip
    return world, world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id


def fill(order_id, exec_id="x1", lots=40, **changes):
    made = FillReport(
        venue="a", venue_account="desk", scope="venue", exec_id=exec_id, order_id=order_id,
        instrument=WETH, side="buy", quantity_lots=lots, price_ticks=150_050, fee_minor=100,
        fee_currency="USDC", venue_time_ns=7,
    )  # fmt: skip
    return replace(made, **changes)


def say(world, event):
    return [type(fact).__name__ for fact in world.facts(Reported(event))]


def state(world, order_id):
    return world.state.orders.orders[order_id].state
