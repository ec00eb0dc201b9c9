import pytest

from edgenode.core.breaks.carrying import carried_in
from edgenode.core.state import unwind
from edgenode.core.state.wallet import BalanceKey
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
    whole = unwind.kept(world.state, WETH).reserve
    carry(world, instrument=WETH, amount=-40, is_position=True)
    assert unwind.kept(world.state, WETH) == (60, whole * 60 // 100)
    assert_programmes(world.state)
    carry(world, instrument=WETH, amount=-60, is_position=True)
    assert unwind.kept(world.state, WETH) == (0, 0)
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
