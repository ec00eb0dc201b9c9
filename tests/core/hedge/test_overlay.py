import pytest

from edgenode.core.hedge.overlay import within
from edgenode.core.observations import OrderAsked, PauseAsked, Reported, Tick
from edgenode.model.facts import HedgePlanned, Mandate, OrderGated
from edgenode.model.venue import FillReport, Finished
from tests.core.world import SECOND, START, WETH, World, intent

SLICE = 30 * SECOND


def exposed(lots=400):
    """A desk that is short `lots` to its customers."""
    world = World()
    publish(world)
    world.observe(Tick())
    world.observe(OrderAsked(intent(price=151_000, lots=lots), "customer:c1"))
    assert world.exposure().agreed == -lots
    return world


def publish(world):
    world.publish("a", 150_000)
    world.publish("b", 150_000)


def tick(world, seconds=30):
    world.now += seconds * SECOND
    publish(world)
    facts = world.facts(Tick())
    return (
        [f for f in facts if isinstance(f, HedgePlanned)],
        [f for f in facts if isinstance(f, OrderGated)],
    )


def settle(world, orders):
    """Let the venues fill each hedge at its limit."""
    for order in orders:
        world.observe(
            Reported(
                FillReport(
                    venue=order.venue, venue_account="desk", scope="venue",
                    exec_id=f"x-{order.order_id}", order_id=order.order_id, instrument=WETH,
                    side=order.side, quantity_lots=order.quantity_lots, price_ticks=150_000,
                    fee_minor=0, fee_currency="USDC", venue_time_ns=world.now,
                )
            )
        )  # fmt: skip


def test_the_change_is_spread_and_ends_at_the_edge_of_the_band():
    world = exposed()
    for _ in range(25):
        _, orders = tick(world)
        settle(world, orders)
    assert world.exposure().overlay_agreed == 300  # 400 less the band of 100
    assert tick(world) == ([], [])  # nothing to say, nothing to do
    world.assert_refolds()


def test_within_the_band_nothing_is_traded():
    world = exposed(100)
    _, orders = tick(world)
    assert orders == []


def test_once_per_slice_however_often_the_clock_ticks():
    world = exposed()
    plans, _ = tick(world)
    assert len(plans) == 1
    assert tick(world, 1) == ([], [])


def test_the_mandate_counts_before_it_is_worked():
    world = exposed()
    world.adopt(
        Mandate(at_ns=START, instrument=WETH, quantity_lots=300, version=1, valid_until=START + 1)
    )
    assert world.exposure().target == 100
    _, orders = tick(world)
    assert orders == []  # what is left lies within the band


def test_an_unknown_order_is_counted_at_its_worst_before_more_is_sent():
    world = exposed()
    sent = 0
    for _ in range(30):  # no venue ever answers
        _, orders = tick(world)
        sent += sum(o.quantity_lots for o in orders)
    assert sent <= 400  # never more than the whole target, though nothing is booked
    assert world.exposure().overlay.high <= 400


def test_hedges_go_on_in_a_pause_and_stop_where_it_says_so():
    world = exposed()
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert tick(world)[1]
    world.observe(PauseAsked(paused=True, hedges=True, reason="", actor="person:p"))
    assert not tick(world)[1]


def test_a_stale_venue_gets_no_leg():
    world = exposed()
    world.now += SLICE
    world.publish("a", 150_000)
    world.publish("b", 150_000, late_s=46)
    legs = [f for f in world.facts(Tick()) if isinstance(f, OrderGated)]
    assert {leg.venue for leg in legs} == {"a"}


def test_a_slice_that_was_not_filled_is_planned_again():
    world = exposed()
    _, orders = tick(world)
    for order in orders:
        world.observe(
            Reported(
                Finished(venue=order.venue, order_id=order.order_id, reason="canceled", cum_lots=0)
            )
        )
    plans, _ = tick(world)
    assert sum(plans[0].slots) > 0
    assert world.exposure().overlay_agreed == 0


@pytest.mark.parametrize(
    ("wanted", "allowed", "cut"),
    [(10, 4, 4), (4, 10, 4), (10, -4, 0), (-10, -4, -4), (-4, -10, -4), (-4, 4, 0), (0, 5, 0)],
)
def test_a_change_is_cut_to_what_the_worst_case_allows(wanted, allowed, cut):
    assert within(wanted, allowed) == cut
