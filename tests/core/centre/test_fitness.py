"""What a centre signs is taken into use only where it makes sense; the node goes on either way."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.centre.fitness import grid, unfit
from edgenode.core.observations import OrderAsked, Reported, Tick
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import (
    Adopted,
    Approver,
    BreakOpened,
    Currency,
    FxRate,
    GrantRevoked,
    Mandate,
    VenueLimit,
    WorstRate,
)
from edgenode.model.venue import BustReport, FillReport
from tests.core.world import CUSTOMER, SECOND, START, WETH, World, intent


def world_with_trades():
    world = World()
    for venue in "ab":
        world.publish(venue, 150_000)
    world.observe(Tick())
    world.adopt(Currency(at_ns=START, code="JPY", decimals=0))
    world.adopt(VenueLimit(at_ns=START, venue="a", gross_notional_max=10**12))
    world.observe(OrderAsked(intent(price=151_000, lots=100, time_in_force="ioc"), CUSTOMER))
    return world


def held(world, kind):
    """Return a fact of a kind that is in use."""
    rules, grants = world.state.rules, world.state.grants.accounts
    return {
        "policy": lambda: replace(rules.policy, version=rules.policy.version + 1),
        "instrument": lambda: rules.instruments[WETH],
        "cost": lambda: replace(grants["cost-1"].grant, id="new"),
        "position": lambda: replace(grants["position-buy"].grant, id="new"),
        "rate": lambda: FxRate(
            at_ns=START, base="USDC", quote="EUR", bid_ppb=9, ask_ppb=10, as_of=START, source="s"
        ),
        "currency": lambda: Currency(at_ns=START, code="NEW", decimals=0),
        "mandate": lambda: Mandate(
            at_ns=START, instrument=WETH, quantity_lots=1, version=1, valid_until=START
        ),
        "revocation": lambda: GrantRevoked(at_ns=START, id="cost-1", reason=""),
    }[kind]()


NONSENSE = [
    ("rate", {"bid_ppb": 0}),
    ("rate", {"bid_ppb": 0, "ask_ppb": 0}),
    ("rate", {"bid_ppb": 11}),
    ("rate", {"base": "EUR"}),
    ("rate", {"base": "XYZ"}),
    ("rate", {"as_of": START + 301 * SECOND}),
    ("policy", {"slice_s": 0}),
    ("policy", {"horizon_s": 29}),
    ("policy", {"horizon_s": 30_001}),
    ("policy", {"quote_unit_lots": 0}),
    ("policy", {"quote_half_spread_ppm": 10**7}),
    ("policy", {"fx_haircut_ppm": 10**6}),
    ("policy", {"price_collar_ppm": -1}),
    ("policy", {"order_notional_max": -1}),
    ("policy", {"static_reference_ticks": 0}),
    ("policy", {"currency": ""}),
    ("policy", {"currency": "XYZ"}),
    ("policy", {"currency": "EUR"}),  # limits of a venue count in the one before
    ("policy", {"fee_unlisted_minor": -1}),
    ("policy", {"fee_worst_rates": (WorstRate(currency="XYZ", ppb=1),)}),
    ("policy", {"fee_worst_rates": (WorstRate(currency="ETH", ppb=0),)}),
    ("policy", {"fee_worst_rates": (WorstRate(currency="ETH", ppb=1),) * 2}),
    ("policy", {"fee_worst_rates": (), "currency": "ETH"}),
    ("currency", {"decimals": 19}),
    ("currency", {"decimals": -1}),
    ("currency", {"code": ""}),
    ("currency", {"code": "a b"}),
    ("currency", {"code": "lots"}),
    ("currency", {"code": WETH}),
    ("currency", {"code": "USDC"}),  # of other decimals than those in use
    ("policy", {"approvers": (Approver(person="p", key=b"1"), Approver(person="p", key=b"2"))}),
    ("cost", {"kind": "favour"}),
    ("cost", {"limit": -5}),
    ("cost", {"unit": "XYZ"}),
    ("cost", {"unit": "lots"}),
    ("cost", {"reducing_reserve": 10**18}),
    ("cost", {"grace_until": 0}),
    ("cost", {"id": "cash-1"}),
    ("cost", {"instrument": WETH, "side": "buy"}),
    ("position", {"side": None}),
    ("position", {"unit": "WETH"}),
    ("position", {"side": "left"}),
    ("position", {"instrument": "ETHX"}),
    ("revocation", {"id": "cost-l"}),
    ("mandate", {"instrument": "NO-PE"}),
    ("mandate", {"quantity_lots": 1 << 60}),
    ("instrument", {"id": "NEW", "tick_lot_minor": 0}),
    ("instrument", {"id": "NEW", "tick_lot_minor": 7}),
    ("instrument", {"id": "NEW", "base": "XYZ"}),
    ("instrument", {"id": "NEW", "quote": "XYZ"}),
    ("instrument", {"id": "ETH"}),
    ("instrument", {"id": "NEW", "price_decimals": 1 << 60}),
    ("instrument", {"id": "NEW", "base": "EUR", "quantity_decimals": 3, "price_decimals": 1}),
    (
        "instrument",
        {
            "id": "NEW",
            "quote": "JPY",
            "price_decimals": 0,
            "quantity_decimals": 0,
            "tick_lot_minor": 1,
        },
    ),  # policy has no worst rate for it
    ("instrument", {"id": "NEW", "quantity_decimals": -1}),
    ("instrument", {"quantity_lots_min": 0}),
    ("instrument", {"quantity_lots_max": 0}),
    ("instrument", {"closes_s": 86_401}),
]


@pytest.mark.parametrize(("kind", "changes"), NONSENSE, ids=str)
def test_signed_nonsense_is_adopted_without_effect_and_opens_a_break(kind, changes):
    world = world_with_trades()
    version = world.state.rules.version
    assert unfit(world.state, held(world, kind), world.now) == ""
    adopted, opened = (r.fact for r in world.adopt(replace(held(world, kind), **changes)))
    assert isinstance(adopted, Adopted)
    assert not adopted.applied
    assert isinstance(opened, BreakOpened)
    assert opened.detail == adopted.reason != ""
    assert world.state.rules.version == version
    for _ in range(40):
        world.now += SECOND
        world.publish("a", 150_000)
        world.observe(Tick())
    world.assert_refolds()


@pytest.mark.parametrize(
    "grids",
    [
        {"price_decimals": 1, "tick_lot_minor": 1_000},
        {"quote": "EUR", "quantity_decimals": 0, "tick_lot_minor": 1},
    ],
    ids=str,
)
def test_a_new_grid_waits_until_nothing_of_the_instrument_is_held(grids):
    world = world_with_trades()
    old = world.state.rules.instruments[WETH]
    (adopted, _) = (r.fact for r in world.adopt(replace(old, **grids)))
    assert "grid" in adopted.reason
    assert grid(world.state.rules.instruments[WETH]) == grid(old)
    world.adopt(replace(old, quantity_lots_max=7))  # what it may be sold in may change
    assert world.state.rules.instruments[WETH].quantity_lots_max == 7
    world.adopt(replace(old, id="NEW"))
    world.adopt(replace(old, id="NEW", **grids))
    assert grid(world.state.rules.instruments["NEW"]) == grid(replace(old, **grids))


STRANGE = FillReport(
    venue="a", venue_account="desk", scope="a", exec_id="x1", order_id="other", instrument="NEW",
    side="sell", quantity_lots=100, price_ticks=150_000, fee_minor=0, fee_currency="USDC",
    venue_time_ns=7,
)  # fmt: skip
BUST = BustReport(venue="a", venue_account="desk", scope="a", exec_id="x1", version=1, detail="")
TOLD = [STRANGE, replace(STRANGE, order_id="more"), replace(STRANGE, quantity_lots=1), BUST]


@given(st.lists(st.sampled_from(TOLD), min_size=1, max_size=4))
def test_a_new_grid_waits_for_executions_whatever_became_of_them(told):
    """Disputed, taken back or booked: people may still decide that it happened, in its lots."""
    world = World(PaperWorld(quote_size_lots=0))
    old = world.state.rules.instruments[WETH]
    world.adopt(replace(old, id="NEW"))
    for event in told:
        world.observe(Reported(event))
    world.adopt(replace(old, id="NEW", price_decimals=1, tick_lot_minor=1_000))
    changed = world.state.rules.instruments["NEW"].price_decimals == 1
    assert changed == all(event is BUST for event in told), "of a bust alone nothing is in lots"


def test_the_same_grant_again_is_no_break():
    world = World(PaperWorld(quote_size_lots=0))
    assert [type(r.fact) for r in world.adopt(world.state.grants.accounts["cost-1"].grant)] == [
        Adopted
    ]
