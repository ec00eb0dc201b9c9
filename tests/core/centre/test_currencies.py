"""Currencies are declared before anything names them, and keep their scale while in use."""

from dataclasses import replace

import pytest

from edgenode.core.centre.currencies import claims, named
from edgenode.core.observations import Funded
from edgenode.model.facts import BreakOpened, Currency, VenueLimit
from tests.core.world import START, WETH, World


def declared(code="NEW", decimals=0):
    return Currency(at_ns=START, code=code, decimals=decimals)


def test_a_currency_may_be_declared_again_and_changed_while_nothing_counts_in_it():
    world = World()
    for decimals in (0, 18, 18):
        (adopted,) = (r.fact for r in world.adopt(declared(decimals=decimals)))
        assert adopted.applied
        assert world.state.rules.currencies["NEW"].decimals == decimals
    world.assert_refolds()


@pytest.mark.parametrize("use", ["funds", "rate", "grant"])
def test_a_currency_in_use_keeps_its_decimals(use):
    world = World()
    world.adopt(declared(decimals=3))
    grant = world.state.grants.accounts["cash-1"].grant
    if use == "funds":
        world.observe(Funded(account="customer:c1", venue="local", currency="NEW",
                             instrument=None, amount=5, reference=""))  # fmt: skip
    elif use == "grant":
        world.adopt(replace(grant, id="new", unit="NEW"))
    else:
        world.adopt(replace(world.state.rules.policy, version=2, fee_worst_rates=(
            *world.state.rules.policy.fee_worst_rates,
            replace(world.state.rules.policy.fee_worst_rates[0], currency="NEW"),
        )))  # fmt: skip
    adopted, opened = (r.fact for r in world.adopt(declared(decimals=4)))
    assert not adopted.applied
    assert opened.type == "not_applied"
    assert world.state.rules.currencies["NEW"].decimals == 3
    world.assert_refolds()


@pytest.mark.parametrize("asset", [{"currency": "XYZ"}, {"instrument": "X-Y"}], ids=str)
def test_funds_of_what_was_never_declared_are_not_booked(asset):
    world = World()
    fund = Funded(**{
        "account": "customer:c1", "venue": "local", "currency": None, "instrument": None,
        "amount": 5, "reference": "", **asset,
    })  # fmt: skip
    (opened,) = world.facts(fund)
    assert isinstance(opened, BreakOpened)
    assert opened.type == "not_applied"
    assert not any(key.asset in {"XYZ", "X-Y"} for key in world.state.wallet.balances)
    assert world.facts(fund) == []


def test_a_venues_limit_needs_a_policy_whose_currency_it_is_in():
    limit = VenueLimit(at_ns=START, venue="a", gross_notional_max=1)
    assert [holds for holds, _ in claims(World(funded=False).state, limit)] == [False]
    assert named(World().state, limit) == ("USDC",)


def test_an_instrument_names_its_base_and_its_quote():
    world = World()
    assert named(world.state, world.state.rules.instruments[WETH]) == ("WETH", "USDC")
