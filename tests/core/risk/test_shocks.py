"""Scenarios on the live book: signed by what is exposed, worse at the worse end, or not told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked
from edgenode.core.risk.shocks import PRICES_PPM, shocked
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.ids import DESK_OVERLAY
from tests.core.restrictions.test_stress import Watched
from tests.core.risk.test_split import lived
from tests.core.world import SECOND, World, intent

USDC = 10**6


def scenarios(world):
    rows = shocked(world.state, world.seen, world.state.rules.policy, world.now)
    return {(row.name, row.shock_ppm): row for row in rows}


def test_a_desk_that_is_short_loses_when_the_price_rises_and_gains_when_it_falls():
    rows = scenarios(lived([("buy", 50, 150_000)]))  # the desk sold 0.50 at 1,500
    assert rows["price", 100_000].pnl_minor == -75 * USDC
    assert rows["price", -200_000].pnl_minor == 150 * USDC
    assert rows["price", 50_000].worst_minor <= rows["price", 50_000].pnl_minor


def test_what_may_still_execute_makes_the_worse_end():
    told = Watched("a")
    told.world.policy(band_lots=0)
    told.world.observe(OrderAsked(intent("T0", lots=400, price=152_000), "p"))
    told.lives(10)  # a hedge of it is on its way, and buys
    rows = scenarios(told.world)
    assert rows["price", -100_000].worst_minor < rows["price", -100_000].pnl_minor
    assert all(row.worst_minor <= row.pnl_minor for row in rows.values())


def test_a_flat_book_loses_nothing_by_prices():
    rows = scenarios(World())
    assert all(rows["price", ppm][2:4] == (0, 0) for ppm in PRICES_PPM)


def test_a_stable_coin_that_loses_its_peg_costs_a_tenth_of_what_is_held():
    world = World()
    held = sum(amount for key, amount in world.state.wallet.balances.items()
               if key.asset == "USDC" and key.account.startswith("desk:"))  # fmt: skip
    assert scenarios(world)["depeg USDC", -100_000].pnl_minor == -held // 10


def test_without_a_price_it_is_not_told_and_says_so():
    world = lived([("buy", 50, 150_000)])
    world.policy(static_reference_ticks=None)
    world.now += 3_600 * SECOND
    row = scenarios(world)["price", 100_000]
    assert (row.pnl_minor, row.worst_minor) == (None, None)
    assert "WETH-USDC" in row.note


def test_a_currency_without_a_rate_is_not_told():
    world = World()
    world.state.rules.currencies["EUR"] = next(iter(world.state.rules.currencies.values()))
    world.state.wallet.balances[BalanceKey(DESK_OVERLAY, "a", "EUR")] = -5
    row = scenarios(world)["fx EUR", 50_000]
    assert (row.pnl_minor, row.note) == (None, "no fresh price or rate: EUR")


@given(st.lists(st.tuples(st.sampled_from(("buy", "sell")), st.integers(1, 90),
                          st.integers(149_000, 151_000)), max_size=6))  # fmt: skip
@settings(deadline=None, max_examples=25)
def test_twice_the_shock_is_twice_the_loss_to_a_unit(trades):
    rows = scenarios(lived(trades))
    for ppm in (50_000, 100_000, -100_000):
        once, twice = rows["price", ppm].pnl_minor, rows["price", 2 * ppm].pnl_minor
        assert abs(2 * once - twice) <= 2


@pytest.mark.parametrize("ppm", [-100_000, 100_000])
def test_without_a_mandate_core_at_a_quarter_is_the_price_alone(ppm):
    rows = scenarios(lived([("buy", 50, 150_000)]))
    assert rows["core at a quarter", ppm][2:4] == rows["price", ppm][2:4]
