from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.state.fx import PPB, SAME, at_most, between, named, rate
from edgenode.core.state.rules import Rules
from edgenode.model.facts import Currency, FxRate
from edgenode.model.money import Money
from tests.core.world import World

DAY = 86_400 * 10**9
CODES = ("AAA", "BBB")


def declared(**decimals):
    rules = Rules()
    for code, places in {"USDC": 6, "EUR": 2, **decimals}.items():
        rules.currency_set(Currency(at_ns=1, code=code, decimals=places))
    return rules


def held(rules=None, **more):
    row = {"at_ns": 1, "base": "USDC", "quote": "EUR", "bid_ppb": 900_000_000,
           "ask_ppb": 910_000_000, "as_of": 100, "source": "s"}  # fmt: skip
    rules = rules or declared()
    rules.fx_set(FxRate(**{**row, **more}), 100)
    return rules


def policy(**more):
    world = World()
    world.policy(**{"currency": "EUR", "fx_haircut_ppm": 0, "fx_age_ms_max": 1_000, **more})
    return world.state.rules.policy


def test_the_same_currency_needs_no_rate():
    assert rate(declared(), policy(), "EUR", 0) is SAME
    assert (SAME.up(7), SAME.down(7), SAME.source) == (7, 7, "")


def test_what_we_owe_rounds_up_at_the_worse_side_and_what_we_own_down():
    found = rate(held(), policy(), "USDC", 100)
    one = 10**6  # 1 USDC is 0.90 to 0.91 EUR: 90 or 91 cents
    assert (found.up(one), found.down(one)) == (91, 90)
    assert (found.up(one + 1), found.down(one - 1)) == (92, 89)
    assert (found.up(-one), found.down(-one)) == (-90, -91)


def test_a_rate_the_other_way_round_is_turned_to_its_worse_side_exactly():
    rules = held(base="EUR", quote="USDC", bid_ppb=3 * PPB, ask_ppb=4 * PPB)
    found = rate(rules, policy(), "USDC", 100)
    assert (Fraction(*found.low), Fraction(*found.high)) == (
        Fraction(1, 40_000), Fraction(1, 30_000),
    )  # fmt: skip


def test_the_newest_fresh_rate_counts_whichever_way_round_it_was_quoted():
    rules = held(as_of=90)
    held(rules, base="EUR", quote="USDC", bid_ppb=2 * PPB, ask_ppb=2 * PPB, as_of=95)
    assert rate(rules, policy(), "USDC", 100).up(2 * 10**6) == 100


def test_the_haircut_widens_both_sides():
    found = rate(held(), policy(fx_haircut_ppm=10_000), "USDC", 100)
    assert (found.down(10**10), found.up(10**10)) == (891_000, 919_100)
    assert found.source == "s:USDC/EUR@100=9191/10000"


def test_no_rate_an_old_one_and_one_from_the_future_convert_nothing():
    assert rate(declared(), policy(), "USDC", 0) is None
    assert rate(held(), policy(), "USDC", 100 + 1_000_000_000) is not None
    assert rate(held(), policy(), "USDC", 101 + 1_000_000_000) is None
    assert rate(held(), policy(), "USDC", 99) is None


def test_an_older_rate_changes_nothing_but_one_dated_ahead_gives_way():
    rules = held(as_of=90)
    held(rules, as_of=80, bid_ppb=1, ask_ppb=1)
    assert rules.fx["USDC", "EUR"].as_of == 90
    held(rules, as_of=10**12)
    held(rules, as_of=95)
    assert rules.fx["USDC", "EUR"].as_of == 95


def test_the_rate_that_an_entry_names_is_read_back():
    rules = held()
    found = rate(rules, policy(fx_haircut_ppm=10_000), "USDC", 100)
    again = named(rules, found.source, "USDC", "EUR")
    assert (again.high, again.low) == (found.high, found.high)


scales = st.integers(0, 18)
amounts = st.integers(-(10**24), 10**24)
prices = st.integers(1, 10**15)


@st.composite
def worlds(draw):
    """Two currencies of any scale, a rate between them either way round, a haircut."""
    rules = declared(**{code: draw(scales) for code in CODES})
    pair = draw(st.permutations(CODES))
    bid = draw(prices)
    held(rules, base=pair[0], quote=pair[1], bid_ppb=bid, ask_ppb=bid + draw(prices))
    return rules, policy(fx_haircut_ppm=draw(st.integers(0, 500_000)))


@given(worlds(), amounts, amounts)
def test_conversion_is_monotone_and_what_we_owe_is_never_less_than_what_we_own(world, one, other):
    rules, terms = world
    found = between(rules, terms, *CODES, 100)
    low, high = sorted((one, other))
    assert found.up(low) <= found.up(high)
    assert found.down(low) <= found.down(high)
    assert found.down(one) <= found.up(one)


@given(worlds(), amounts)
def test_conversion_is_never_in_our_favour(world, amount):
    """Against the mid of the quoted rate in exact fractions, computed apart."""
    rules, terms = world
    found = between(rules, terms, *CODES, 100)
    (dated,) = rules.fx.values()
    mid = Fraction(dated.bid_ppb + dated.ask_ppb, 2 * PPB)
    if dated.base != CODES[0]:
        mid = 1 / mid
    decimals = [rules.currencies[code].decimals for code in CODES]
    exact = mid * amount * Fraction(10) ** (decimals[1] - decimals[0])
    assert found.down(amount) <= exact <= found.up(amount)


@given(worlds(), st.integers(0, 10**24))
def test_a_round_trip_never_gains(world, amount):
    rules, terms = world
    there, back = (between(rules, terms, *pair, 100) for pair in (CODES, CODES[::-1]))
    assert back.down(there.down(amount)) <= amount <= back.up(there.up(amount))


@given(scales, scales, st.integers(0, 10**24), prices)
def test_a_fixed_rate_rounds_up_over_both_scales(base, quote, amount, ppb):
    rules = declared(AAA=base, BBB=quote)
    found = at_most(rules, Money(amount, "AAA"), ppb, "BBB")
    exact = Fraction(amount * ppb, PPB) * Fraction(10) ** (quote - base)
    assert exact <= found < exact + 1
