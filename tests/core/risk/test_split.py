"""The parts of the P&L come to the whole, in every dimension, to a smallest unit a part."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reported, Tick
from edgenode.core.risk import split
from edgenode.core.risk.pnl import total
from tests.core.gate.orders import declare
from tests.core.report.lived import begun, report_of, tick
from tests.core.test_lives import Life
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


def tick_of(world):
    world.observe(OrderAsked(intent(price=151_000, lots=400), "customer:c1"))
    return tick(world, 30)


def found(world):
    policy = world.state.rules.policy
    parts = list(split.parts(world.state, world.seen, policy, world.now))
    return parts, total(world.state, world.seen, policy, None, world.now)


def by_event(world, whole):
    return split.by_event(world.state, world.seen, world.state.rules.policy, whole, world.now)


def dimensions(world):
    """Return what each dimension comes to, with the whole."""
    parts, whole = found(world)
    made = [split.sums(parts, name_of, whole) for name_of in split.DIMENSIONS.values()]
    return whole, [*made, by_event(world, whole)]


@given(TRADES, st.sampled_from(("", "drop")))
@settings(deadline=None, max_examples=40)
def test_every_dimension_comes_to_the_whole(trades, event):
    world = lived(trades, event)
    whole, made = dimensions(world)
    for sums in made:
        assert sum(sums.values()) == whole
        assert abs(sums.get(split.REST, 0)) <= 2 * len(world.state.positions.totals)
    assert sum(split.by_currency(found(world)[0]).values(), 0) <= whole + 8


@pytest.mark.parametrize("seed", range(12))
def test_whatever_venues_say_every_dimension_comes_to_the_whole(seed):
    life = Life(seed)
    world, policy = life.world, life.world.state.rules.policy
    for _ in range(120):
        life.live()
        whole, made = dimensions(world)
        for sums in made:
            assert whole is None or None in sums.values() or sum(sums.values()) == whole
        for name, counted in by_event(world, whole).items():
            if name != split.REST:
                assert counted == total(world.state, world.seen, policy, name, world.now)


def test_what_is_taken_in_a_currency_is_taken_from_what_was_made_in_it():
    world = begun()
    (order, *_) = tick_of(world)
    world.observe(Reported(replace(report_of(order), fee_minor=7, fee_currency="ETH")))
    made = split.by_currency(found(world)[0])
    assert made["ETH"] == -7


def test_what_a_micro_event_made_is_under_its_name_and_customers_are_no_part():
    world = lived([("buy", 50, 150_000), ("buy", 50, 150_500)], "drop")
    parts, whole = found(world)
    assert by_event(world, whole) == {"drop": whole}
    desks = split.sums(parts, split.DIMENSIONS["desk"], whole)
    assert "desk:book" in desks
    assert not any(name.startswith("customer:") for name in desks)


def test_without_a_price_what_is_held_cannot_be_told():
    world = lived([("buy", 50, 150_000)])
    world.policy(static_reference_ticks=None)
    world.now += 3_600 * SECOND
    parts, whole = found(world)
    assert whole is None
    assert split.sums(parts, split.DIMENSIONS["venue"], whole)["local"] is None
    assert split.by_currency(parts)["USDC"] is None
