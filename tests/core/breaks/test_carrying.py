from dataclasses import replace

import pytest

from edgenode.core.breaks.carrying import amount_of, carried_in
from edgenode.core.state import unwind
from edgenode.core.state.wallet import BalanceKey
from edgenode.model.errors import RefusedError
from edgenode.model.facts import CarriedIn
from tests.core.hedge.laws import assert_programmes
from tests.core.state.test_escrow import fill, hedge, ready
from tests.core.world import WETH, World

ROW = {
    "at_ns": 1, "account": "desk:overlay", "venue": "a", "currency": None, "instrument": None,
    "amount": 0, "is_position": False, "cash_minor": 0, "totals": None,
    "from_ledger": "", "from_size": 0, "approvals": ("ann", "bob"),
}  # fmt: skip


def carry(world, **what):
    fact = CarriedIn(**{**ROW, **what})
    carried_in(world.state, fact)


def test_a_balance_is_added_to_what_the_account_holds():
    world = World()
    key = BalanceKey("desk:overlay", "a", "USDC")
    before = world.state.wallet.balances[key]
    carry(world, currency="USDC", amount=-5)
    assert world.state.wallet.balances[key] == before - 5
    assert world.exposure().overlay_agreed == 0


def test_a_position_of_the_overlay_is_held_by_its_programme_and_gives_back_reserve():
    world = ready()
    fill(world, hedge(world), 100)
    whole = unwind.kept(world.state, WETH).cost
    carry(world, instrument=WETH, amount=-40, is_position=True)
    assert unwind.kept(world.state, WETH) == (60, whole * 60 // 100, 0)
    assert_programmes(world.state)
    carry(world, instrument=WETH, amount=-60, is_position=True)
    assert unwind.kept(world.state, WETH) == (0, 0, 0)
    assert_programmes(world.state)


@pytest.mark.parametrize("lots", [-300, 300])
def test_a_position_enters_with_its_cash_and_is_exposure_at_once(lots):
    world = World()
    carry(world, instrument=WETH, amount=lots, is_position=True, cash_minor=-lots * 7)
    state = world.state
    assert world.exposure().overlay_agreed == lots
    assert state.positions.at_venue("desk:overlay", "a", WETH) == lots
    (totals,) = state.positions.totals.values()
    assert (totals.lots, totals.cash_minor) == (lots, -lots * 7)


@pytest.mark.parametrize("lots", [-300, 300])
@pytest.mark.parametrize("parts", [1, 3])
def test_lots_of_carried_books_find_their_reserve_once_grants_are_there(lots, parts):
    world = ready()
    grants = [account.grant for account in world.state.grants.accounts.values()]
    world.state.grants.accounts.clear()
    world.state.grants._by_kind.clear()
    carry(world, instrument=WETH, amount=lots, is_position=True, cash_minor=-lots * 150_000 * 100)
    assert unwind.kept(world.state, WETH) == (lots, 0, 0)
    world.state.grants.beyond.clear()
    for grant in grants:
        few = grant.kind != "position" and parts > 1
        for part in range(parts):  # the first ones are small
            limit = 10**6 if few and part < parts - 1 else grant.limit
            reserve = min(grant.reducing_reserve, limit)
            issued = replace(
                grant, id=f"new-{grant.id}-{part}", limit=limit, reducing_reserve=reserve
            )
            world.adopt(issued)
    policy, instrument = world.state.rules.policy, world.state.rules.instruments[WETH]
    whole = policy, instrument, 150_000, lots, unwind.dearest_fee_ppm(policy)
    now = unwind.kept(world.state, WETH)
    assert now == (lots, unwind.closing_cost(*whole), unwind.closing_cash(*whole))
    assert (now.cash > 0) is (lots < 0)
    assert not world.state.breaks.open


@pytest.mark.parametrize(
    ("break_id", "amount", "found"),
    [
        ("balance_mismatch:a/USDC", "-12.50", -12_500_000),
        ("position_mismatch:a/WETH-USDC", "-0.40", -40),
    ],
)
def test_what_is_carried_in_is_written_in_whole_units(break_id, amount, found):
    assert amount_of(break_id, amount, World().state.rules) == found


@pytest.mark.parametrize(
    ("break_id", "amount", "code"),
    [
        ("balance_mismatch:a/XYZ", "1", "EN006"),
        ("balance_mismatch:a/USDC", "0.0000001", "EN005"),
        ("balance_mismatch:a/USDC", "1e3", "EN002"),
    ],
)
def test_an_amount_of_unknown_scale_or_off_its_grid_is_refused(break_id, amount, code):
    with pytest.raises(RefusedError) as refused:
        amount_of(break_id, amount, World().state.rules)
    assert refused.value.code == code
