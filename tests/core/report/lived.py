"""One invented micro-event: customers buy, the desk hedges, a venue answers late, it ends."""

from edgenode.core.node import new_state
from edgenode.core.observations import EventDeclared, OrderAsked, PauseAsked, Reported, Tick
from edgenode.core.report.event import EventFold
from edgenode.model.facts import MicroEventClosed, MicroEventOpened, OrderGated
from edgenode.model.venue import FillReport
from tests.core.world import LEDGER, SECOND, World, intent

EVENT = "ev-1"
STAFF = "person:staff"


def publish(world, mid=150_000):
    world.publish("a", mid)
    world.publish("b", mid)


def begun(minutes=60):
    """Return a world in which a micro-event has just been declared."""
    world = World()
    publish(world)
    world.observe(Tick())
    ends = world.now + minutes * 60 * SECOND
    world.observe(
        EventDeclared(event_id=EVENT, source="declared", name="Friday drop",
                      starts=world.now, ends=ends, actor=STAFF)
    )  # fmt: skip
    return world


def tick(world, seconds):
    world.now += seconds * SECOND
    publish(world)
    return [f for f in world.facts(Tick()) if isinstance(f, OrderGated)]


def report_of(order, lots=None, price=150_030, exec_id=None, fee=100):
    return FillReport(
        venue=order.venue, venue_account="desk", scope="venue",
        exec_id=exec_id or f"x-{order.order_id}", order_id=order.order_id,
        instrument=order.instrument, side=order.side,
        quantity_lots=lots or order.quantity_lots, price_ticks=price,
        fee_minor=fee, fee_currency="USDC", venue_time_ns=7,
    )  # fmt: skip


def hedged(world, lots=400, name="T1"):
    """Let a customer buy, and venues fill what hedges that; returns the hedges."""
    world.observe(OrderAsked(intent(name, price=151_000, lots=lots), "customer:c1"))
    children = []
    for _ in range(24):
        children += (orders := tick(world, 30))
        for order in orders:
            world.observe(Reported(report_of(order)))
        if children and not orders:
            break
    return children


def ended(world):
    """Let market time pass the end of the micro-event."""
    opened = next(r.fact for r in world.recorded if isinstance(r.fact, MicroEventOpened))
    world.now = max(world.now, opened.ends) + SECOND
    publish(world)
    assert any(isinstance(f, MicroEventClosed) for f in world.facts(Tick()))


def drop():
    """Return a whole micro-event with a pause in it."""
    world = begun()
    hedged(world)
    world.observe(PauseAsked(paused=True, hedges=False, reason="crowd", actor=STAFF))
    world.observe(OrderAsked(intent("T2", price=151_000, lots=100), "customer:c1"))
    world.observe(PauseAsked(paused=False, hedges=False, reason="resumed", actor=STAFF))
    ended(world)
    return world


def folded(world, event_id=EVENT, upto=None):
    """Fold what a world recorded."""
    fold = EventFold(new_state(LEDGER), event_id)
    for recorded in world.recorded[:upto]:
        fold.take(recorded.entry)
    return fold
