"""A newer ledger is told every book of the older one, and nothing trades before that."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.breaks import books
from edgenode.core.observations import OrderAsked, Reported, Started
from edgenode.core.risk.pnl import pnl
from edgenode.model.facts import (
    Adopted,
    CarriedIn,
    FillRecorded,
    Genesis,
    Mandate,
    OrderDenied,
    OrderGated,
    Policy,
    VenueLimit,
)
from edgenode.model.ledgers import LedgerId
from edgenode.model.venue import FillReport
from tests.core.hedge.laws import assert_programmes
from tests.core.state.test_escrow import hedge, ready
from tests.core.world import CUSTOMER, START, WETH, World, intent

PERSONS = ("person:ann", "person:bob")
NEWER = LedgerId("edge-07", "main", 2)
FEES = st.sampled_from(["USDC", "EUR", "WETH"])


def executed(world, order, lots, fee, currency, exec_id):
    report = FillReport(
        venue=order.venue, venue_account="desk", scope="venue", exec_id=exec_id,
        order_id=order.order_id, instrument=WETH, side=order.side, quantity_lots=lots,
        price_ticks=150_000, fee_minor=fee, fee_currency=currency, venue_time_ns=world.now,
    )  # fmt: skip
    world.observe(Reported(report))


def traded(steps):
    """A node whose customer and overlay traded, with fees in several currencies."""
    world = ready()
    world.policy(quote_size_lots=500)
    world.adopt(VenueLimit(at_ns=START, venue="a", gross_notional_max=9_000_000_000_000))
    for number, (side, lots, fee, currency) in enumerate(steps):
        price = 152_000 if side == "buy" else 148_000
        ask = intent(f"C{number}", side=side, lots=lots, price=price, time_in_force="ioc")
        world.observe(OrderAsked(ask, CUSTOMER))
        order = hedge(world, f"H{number}", side=side, lots=lots, price=150_000)
        if isinstance(order, OrderGated):
            executed(world, order, lots, fee, currency, f"x{number}")
    return world


def carried(state, core=0):
    """The newer node before it is told anything, and what it is told."""
    world = World(ledger=NEWER, funded=False)
    world.observe(Started(boot_tag=2, version="0", mode="paper"))
    world.adopt(Genesis(at_ns=START, ledger_key=b"down", previous_head=None, approval=""))
    return world, books.facts(state, {WETH: core}, PERSONS, START)


def moved(obligations):
    return {key: amount for key, amount in obligations.delivered.items() if amount}


def owed(state):
    return {key: row.owed for key, row in state.limits.unpriced.items()}


def assert_same_books(old, new):
    assert owed(new) == owed(old)
    assert new.positions.canonical() == old.positions.canonical()
    assert new.wallet.balances == old.wallet.balances
    assert moved(new.obligations) == moved(old.obligations)
    for event_id in (None, "none"):
        assert new.positions.desk(event_id, WETH) == old.positions.desk(event_id, WETH)
        assert new.positions.desk_fees(event_id, WETH) == old.positions.desk_fees(event_id, WETH)
    assert pnl(new, WETH, 151_000) == pnl(old, WETH, 151_000)
    one, two = new.exposure(WETH), old.exposure(WETH)  # quotes apart: they ended
    assert (one.agreed, one.overlay_agreed) == (two.agreed, two.overlay_agreed)
    assert_programmes(new)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["buy", "sell"]), st.integers(1, 90), st.integers(-900, 10**17), FEES
        ),
        max_size=5,
    ),
    st.integers(-500, 500),
)
def test_the_newer_ledger_holds_the_same_books_and_denies_all_before_its_policy(steps, core):
    old = traded(steps).state
    world, facts = carried(old, core)
    for number, fact in enumerate(facts):
        if world.state.rules.policy is None:
            asked = world.facts(OrderAsked(intent(f"E{number}"), CUSTOMER))
            assert [type(one) for one in asked] == [OrderDenied]
        told = world.adopt(fact)[0].fact
        assert isinstance(told, Adopted)
        assert told.applied, told.reason
    assert_same_books(old, world.state)
    assert world.exposure().mandate == core
    assert world.state.rules.policy == old.rules.policy
    assert world.state.rules.venue_gross_max == old.rules.venue_gross_max
    assert world.state.grants.accounts == {}, "the desk issues new ones"
    world.assert_refolds()
    again, facts = carried(replace(world.state, ledger=LedgerId("edge-07", "main", 1)), core)
    for fact in facts:
        again.adopt(fact)
    assert_same_books(old, again.state)


def test_what_is_carried_names_its_branch_and_the_persons_and_comes_before_the_policy():
    old = traded([("buy", 80, 5, "USDC")]).state
    assert any(key.account == "desk:overlay" for key in old.positions.totals)
    facts = carried(old, -10)[1]
    kinds = [type(fact) for fact in facts]
    assert kinds.index(Policy) > max(n for n, kind in enumerate(kinds) if kind is CarriedIn)
    assert kinds.index(Policy) > kinds.index(Mandate)
    for fact in facts:
        if isinstance(fact, CarriedIn):
            assert (fact.from_ledger, fact.from_size) == ("edge-07/1", old.size)
            assert fact.approvals == PERSONS


@pytest.mark.parametrize(
    "wrong",
    [
        {"approvals": ("person:ann",)},
        {"approvals": ("person:ann", "person:Ann")},
        {"from_ledger": "edge-07/2"},
        {"from_ledger": "edge-08/1"},
        {"from_ledger": "centre>edge-07/1"},
        {"from_ledger": ""},
        {"instrument": "XX-YY"},
        {"currency": "USDC"},
        {"amount": 1 << 60},
        {"amount": 7},
        {"totals": None},
    ],
)
def test_books_that_do_not_fit_are_adopted_without_effect(wrong):
    old = traded([("buy", 80, 5, "USDC")]).state
    world, facts = carried(old)
    fact = next(f for f in facts if isinstance(f, CarriedIn) and f.is_position)
    for other in facts:
        if not isinstance(other, CarriedIn | Mandate | Policy | VenueLimit):
            world.adopt(other)
    told = world.adopt(replace(fact, **wrong))[0].fact
    assert not told.applied
    assert world.state.positions.totals == {}


def test_nobody_carries_anything_in_once_there_is_a_policy():
    old = traded([("buy", 80, 5, "USDC")]).state
    world, facts = carried(old)
    for fact in facts:
        world.adopt(fact)
    late = next(f for f in facts if isinstance(f, CarriedIn))
    assert not world.adopt(late)[0].fact.applied
    assert_same_books(old, world.state)


def test_the_digest_is_of_what_is_carried_alone():
    world = traded([("buy", 80, 5, "USDC")])
    before = books.digest(world.state)
    world.adopt(replace(world.state.rules.instruments[WETH], enabled=False))
    assert books.digest(world.state) != before, "it names how far the branch had come"
    assert books.same(
        books.facts(world.state, {}, PERSONS, 1), books.facts(world.state, {}, (), 2)
    )


def test_what_nobody_decided_is_listed():
    world = traded([("buy", 80, 5, "USDC")])
    assert books.undecided(world.state) == []
    order = hedge(world, "H9", side="sell", lots=10, price=149_900)
    (listed,) = books.undecided(world.state)
    assert listed.startswith(f"order {order.order_id} at a, ")
    executed(world, replace(order, order_id="Z" * 20), 10, 0, "USDC", "x9")
    assert any(item.startswith("break unknown_order:") for item in books.undecided(world.state))
    assert any(isinstance(r.fact, FillRecorded) for r in world.recorded)


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("fee", [0, 3 * 10**16])
def test_an_execution_of_an_unknown_order_stays_an_interval(side, fee):
    world = traded([])
    order = replace(hedge(world, side=side, lots=10, price=150_000), order_id="Z" * 20)
    executed(world, order, 10, fee, "WETH", "x9")
    held = world.state.positions.desk(None, WETH)
    assert held.suspense_bought + held.suspense_sold >= 6
    newer, facts = carried(world.state)
    for fact in facts:
        newer.adopt(fact)
    assert_same_books(world.state, newer.state)
