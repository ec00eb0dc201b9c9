"""What an execution counts as, over currencies and scales."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.costs import (
    UNLISTED,
    WORST,
    Trade,
    base_in_quote,
    counted,
    lot_minor,
    priced,
    worst_rate,
)
from edgenode.model.facts import Currency, FxRate
from edgenode.model.money import Money
from tests.core.world import START, WETH, World

ETHER = 10**18
USDC = 10**6


def world_of(**rates):
    world = World()
    for base, (bid, ask) in rates.items():
        world.adopt(FxRate(at_ns=START, base=base, quote="USDC", bid_ppb=bid * 10**9,
                           ask_ppb=ask * 10**9, as_of=START, source="desk"))  # fmt: skip
    return world


def count(world, fee, *, side="buy", lots=100, price=150_000, slippage=0, gate_fx=None):
    rules = world.state.rules
    trade = Trade(side, lots, price, slippage, fee)
    return counted(rules, rules.instruments[WETH], trade, gate_fx, START)


def test_a_fee_in_the_quote_is_part_of_cost_and_cash():
    world = World()
    found = count(world, Money(100, "USDC"), slippage=7)
    assert found == (107, 1_500 * USDC + 100, 100, None, None)
    found = count(world, Money(100, "USDC"), side="sell")
    assert (found.cost_minor, found.cash_minor) == (100, 1_500 * USDC - 100)


def test_a_rebate_costs_nothing_and_lessens_the_outlay():
    found = count(World(), Money(-100, "USDC"), slippage=7)
    assert (found.cost_minor, found.cash_minor, found.fee_minor) == (7, 1_500 * USDC - 100, -100)


def test_a_fee_in_another_currency_counts_at_the_worse_side_of_a_dated_rate():
    world = world_of(ETH=(1_490, 1_500))
    found = count(world, Money(ETHER, "ETH"))
    assert (found.cost_minor, found.fee_minor) == (1_515 * USDC, 1_515 * USDC)  # with 1 %
    assert found.cash_minor == 1_500 * USDC  # the quote pays none of it
    assert found.fee_fx.startswith("desk:ETH/USDC@")
    rebate = count(world, Money(-ETHER, "ETH"))
    assert (rebate.cost_minor, rebate.cash_minor) == (0, 1_500 * USDC)
    assert rebate.fee_minor == -1_490 * 99 * USDC // 100


def test_without_a_rate_it_counts_at_the_policys_worst_and_says_so():
    found = count(World(), Money(ETHER, "ETH"))
    assert (found.cost_minor, found.fee_fx) == (10_000 * USDC, WORST)
    assert count(World(), Money(-ETHER, "ETH")).fee_minor == 0


def test_a_fee_that_no_rate_is_listed_for_counts_as_policy_says():
    found = count(World(), Money(1, "DOGE"))
    assert (found.cost_minor, found.fee_fx) == (100 * USDC, UNLISTED)


def test_a_fee_in_the_base_asset_counts_at_the_price_of_its_execution():
    found = count(World(), Money(ETHER // 1_000, "WETH"), price=160_000)
    assert (found.cost_minor, found.fee_fx) == (1_600_000, None)
    assert found.cash_minor == 1_600 * USDC  # it is no outlay of money: it lessens the holding


def test_a_quote_without_a_fresh_rate_counts_at_the_gates_else_at_the_worst():
    world = World()
    world.policy(currency="EUR")
    found = count(world, Money(0, "USDC"), gate_fx="desk:USDC/EUR@1=9/10")
    assert (found.cash_minor, found.fx) == (135_000, "desk:USDC/EUR@1=9/10")
    found = count(world, Money(0, "USDC"))
    assert found.cash_minor == 300_000  # 2 EUR for one USDC


def test_a_lot_in_smallest_units_and_an_amount_of_base_in_quote():
    rules = World().state.rules
    instrument = rules.instruments[WETH]
    assert lot_minor(rules, instrument) == 10**16
    assert base_in_quote(rules, instrument, 1, 150_000) == 1  # rounded up
    assert base_in_quote(rules, instrument, -1, 150_000) == 0


def test_the_worst_rate_of_a_currency():
    policy = World().state.rules.policy
    assert worst_rate(policy, "ETH") == 10_000 * 10**9
    assert worst_rate(policy, "DOGE") is None


@given(st.integers(0, 18), st.integers(-(10**30), 10**30), st.booleans())
def test_a_fee_is_never_counted_below_what_it_is_worth(decimals, amount, dated):
    world = World()
    world.adopt(Currency(at_ns=START, code="GAS", decimals=decimals))
    if dated:
        world.adopt(FxRate(at_ns=START, base="GAS", quote="USDC", bid_ppb=3, ask_ppb=5,
                           as_of=START, source="desk"))  # fmt: skip
    rules = world.state.rules
    found, at = priced(rules, rules.policy, Money(amount, "GAS"), START)
    if dated:
        worth = Fraction(4 * amount, 10**9) * Fraction(10) ** (6 - decimals)
        assert found >= worth
    else:
        assert (found, at) == (100 * USDC if amount > 0 else 0, UNLISTED)


@pytest.mark.parametrize("side", ["buy", "sell"])
@given(fee=st.integers(-(10**12), 10**12), lots=st.integers(1, 10**6))
def test_cost_is_never_negative_and_a_sale_never_brings_back_more_than_it_sold_for(
    side, fee, lots
):
    world = world_of(ETH=(1_490, 1_500))
    for currency in ("USDC", "ETH", "WETH", "DOGE"):
        found = count(world, Money(fee, currency), side=side, lots=lots)
        assert found.cost_minor >= 0
        notional = 150_000 * lots * 100
        rebate = max(0, -fee) if currency == "USDC" else 0
        if side == "sell":
            assert 0 <= found.cash_minor <= notional + rebate
        else:
            assert found.cash_minor >= notional - rebate
