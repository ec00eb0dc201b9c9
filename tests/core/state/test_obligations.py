from edgenode.core.observations import OrderAsked, Tick
from edgenode.core.state.obligations import Obligations
from tests.core.world import CUSTOMER, WETH, World, intent


def test_both_legs_of_a_customers_fill_are_owed_and_the_desks_are_not():
    world = World()
    world.publish("a", 150_000)
    world.observe(Tick())
    world.observe(OrderAsked(intent(lots=100, price=151_000), "customer:c1"))
    fill = next(r.fact for r in world.recorded if getattr(r.fact, "account", "") == CUSTOMER and
                type(r.fact).__name__ == "FillRecorded")  # fmt: skip
    assert world.state.obligations.delivered == {
        (CUSTOMER, "USDC"): -fill.price_ticks * 100 * 100,
        (CUSTOMER, WETH): 100,
    }


def test_nothing_is_owed_at_first():
    assert Obligations().canonical() == []
