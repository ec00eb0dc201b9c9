"""What is due as market time passes is decided, and nothing else."""

from edgenode.core.observations import AuctionAsked, EventDeclared, OrderAsked, Tick
from tests.core.world import CUSTOMER, SECOND, WETH, World, intent


def kinds(world):
    return [r.entry.kind for r in world.observe(Tick())]


def quiet():
    world = World()
    world.policy(overlay_enabled=False, quote_size_lots=0)
    world.observe(Tick())
    return world


def test_a_tick_with_nothing_due_records_nothing():
    assert kinds(quiet()) == []


def test_a_micro_event_ends_at_its_end():
    world = quiet()
    world.observe(EventDeclared(event_id="e", source="declared", name="n", starts=world.now,
                                ends=world.now + SECOND, actor="person:p"))  # fmt: skip
    assert kinds(world) == []
    world.now += SECOND
    assert kinds(world) == ["MicroEventClosed"]


def test_a_gtd_order_expires_and_a_day_order_does_at_the_close():
    world = quiet()
    gtd = intent("G", time_in_force="gtd", expires_ns=world.now + SECOND)
    for ask in (gtd, intent("D")):
        world.observe(OrderAsked(ask, CUSTOMER))
    world.now += SECOND
    (done,) = [f for f in world.facts(Tick()) if hasattr(f, "reason")]
    assert done.reason == "expired"
    from dataclasses import replace  # noqa: PLC0415

    world.adopt(replace(world.state.rules.instruments[WETH], closes_s=17 * 3600))
    assert kinds(world) == ["OrderDone"]
    assert kinds(world) == []
    world.assert_refolds()


def test_a_call_ends_at_its_end_after_what_expired_has_left():
    world = quiet()
    world.observe(AuctionAsked(instrument=WETH, ends=world.now + SECOND, actor="person:p"))
    gtd = {"time_in_force": "gtd", "expires_ns": world.now + SECOND}
    world.observe(OrderAsked(intent("B", price=150_000, **gtd), CUSTOMER))
    world.now += SECOND
    assert kinds(world) == ["OrderDone", "AuctionClosed"]
    world.assert_refolds()
