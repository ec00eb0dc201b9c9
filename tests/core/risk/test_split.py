"""The parts of the P&L come to the whole, in every dimension, to a smallest unit a part."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Tick
from edgenode.core.risk import split
from edgenode.core.risk.pnl import total
from tests.core.gate.orders import declare
from tests.core.world import SECOND, World, intent

TRADES = st.lists(
    st.tuples(st.sampled_from(("buy", "sell")), st.integers(1, 90), st.integers(149_000, 151_000)),
    max_size=8,
)


def lived(trades, event=""):
    world = World()
    world.publish("a", 150_000)
    if event:
        declare(world, event)
    for number, (side, lots, mid) in enumerate(trades):
        world.now += 5 * SECOND
        world.publish("a", mid)
        world.publish("b", mid)
        world.observe(Tick())
        price = mid + 900 if side == "buy" else mid - 900
        asked = intent(f"T{number}", side=side, lots=lots, price=price)
        world.observe(OrderAsked(asked, "p"))
    return world


def found(world):
    policy = world.state.rules.policy
    parts = list(split.parts(world.state, world.seen, policy, world.now))
    return parts, total(world.state, world.seen, policy, None, world.now)


@given(TRADES, st.sampled_from(("", "drop")))
@settings(deadline=None, max_examples=40)
def test_every_dimension_comes_to_the_whole(trades, event):
    parts, whole = found(lived(trades, event))
    for name_of in split.DIMENSIONS.values():
        made = sum(split.sums(parts, name_of).values())
        assert whole - len(parts) <= made <= whole
    assert sum(split.by_currency(parts).values(), 0) <= whole + len(parts)


def test_what_a_micro_event_made_is_under_its_name_and_customers_are_no_part():
    parts, whole = found(lived([("buy", 50, 150_000), ("buy", 50, 150_500)], "drop"))
    sums = split.sums(parts, split.DIMENSIONS["event"])
    assert sums["drop"] == whole
    desks = split.sums(parts, split.DIMENSIONS["desk"])
    assert "desk:book" in desks
    assert not any(name.startswith("customer:") for name in desks)


def test_without_a_price_what_is_held_cannot_be_told():
    world = lived([("buy", 50, 150_000)])
    world.policy(static_reference_ticks=None)
    world.now += 3_600 * SECOND
    parts, whole = found(world)
    assert whole is None
    assert split.sums(parts, split.DIMENSIONS["venue"])["local"] is None
    assert split.by_currency(parts)["USDC"] is None
