from edgenode.core.observations import OrderAsked, Tick
from edgenode.core.risk.pnl import pnl
from tests.core.world import WETH, World, intent


def test_the_desks_gain_is_cash_plus_what_is_held_at_the_mark():
    world = World()
    world.publish("a", 150_000)
    world.observe(Tick())
    world.observe(OrderAsked(intent(lots=100, price=151_000), "customer:c1"))
    ask = 150_075  # 150,000 x (1 + 500 ppm)
    flat = pnl(world.state, WETH, 150_000)
    assert (flat.open_lots, flat.cash_minor) == (-100, ask * 100 * 100)
    assert flat.total_minor == 75 * 100 * 100
    assert pnl(world.state, WETH, 151_000).total_minor == (75 - 1_000) * 100 * 100


def test_without_a_mark_there_is_no_total_and_opening_inventory_is_no_gain():
    world = World()
    assert pnl(world.state, WETH, None).total_minor is None
    assert pnl(world.state, WETH, 150_000).total_minor == 0
