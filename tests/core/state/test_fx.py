from edgenode.core.state.fx import SAME, charged, rate, returned
from edgenode.core.state.rules import Rules
from edgenode.model.facts import FxRate
from tests.core.world import World

PPB = 1_000_000_000


def held(**more):
    row = {"at_ns": 1, "base": "USDC", "quote": "EUR", "bid_ppb": 900_000_000,
           "ask_ppb": 910_000_000, "as_of": 100, "source": "s"}  # fmt: skip
    rules = Rules()
    rules.fx_set(FxRate(**{**row, **more}))
    return rules


def policy(**more):
    world = World()
    world.policy(currency="EUR", fx_haircut_ppm=0, fx_age_ms_max=1_000, **more)
    return world.state.rules.policy


def test_the_same_currency_needs_no_rate():
    assert rate(Rules(), policy(), "EUR", 0) is SAME
    assert (SAME.up(7), SAME.down(7), SAME.fx_ppb) == (7, 7, None)


def test_what_we_owe_rounds_up_at_the_worse_side_and_what_we_own_down():
    found = rate(held(), policy(), "USDC", 100)
    assert (found.up(1_001), found.down(1_001)) == (911, 900)


def test_a_rate_the_other_way_round_is_turned_to_its_worse_side():
    found = rate(
        held(base="EUR", quote="USDC", bid_ppb=3 * PPB, ask_ppb=4 * PPB), policy(), "USDC", 100
    )
    assert (found.low_ppb, found.high_ppb) == (250_000_000, 333_333_334)


def test_the_haircut_widens_both_sides():
    wide = World()
    wide.policy(currency="EUR", fx_haircut_ppm=10_000, fx_age_ms_max=1_000)
    found = rate(held(), wide.state.rules.policy, "USDC", 100)
    assert (found.low_ppb, found.high_ppb) == (891_000_000, 919_100_000)


def test_no_rate_an_old_one_and_one_from_the_future_convert_nothing():
    assert rate(Rules(), policy(), "USDC", 0) is None
    assert rate(held(), policy(), "USDC", 100 + 1_000_000_000) is not None
    assert rate(held(), policy(), "USDC", 101 + 1_000_000_000) is None
    assert rate(held(), policy(), "USDC", 99) is None


def test_an_older_rate_changes_nothing():
    rules = held(as_of=200)
    rules.fx_set(
        FxRate(at_ns=1, base="USDC", quote="EUR", bid_ppb=1, ask_ppb=1, as_of=150, source="")
    )
    assert rules.fx["USDC", "EUR"].as_of == 200


def test_what_an_entry_names_is_what_is_booked():
    assert (charged(1_001, None), returned(1_001, None)) == (1_001, 1_001)
    assert (charged(1_001, 910_000_000), returned(1_001, 910_000_000)) == (911, 910)
