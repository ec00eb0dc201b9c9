import pytest

from edgenode.core.state.wallet import BalanceKey, Wallet
from edgenode.daemon import paper
from edgenode.model.facts import AccountFunded, FillRecorded

CASH = BalanceKey("customer:c1", "local", "USDC")
LOTS = BalanceKey("customer:c1", "local", paper.WETH_USDC)


def wallet(cash=1_000):
    made = Wallet()
    made.funded(
        AccountFunded(
            at_ns=1, account="customer:c1", venue="local", currency="USDC", instrument=None,
            amount=cash, reference="",
        )
    )  # fmt: skip
    return made


def fill(side, fee=0, fee_currency="USDC"):
    return FillRecorded(
        at_ns=1, venue="local", venue_account="v", scope="s", exec_id="e", order_id="O",
        account="customer:c1", instrument=paper.WETH_USDC, side=side, quantity_lots=2,
        price_ticks=3, fee_minor=fee, fee_currency=fee_currency, venue_time_ns=0,
        content_hash=bytes(32), event_id="none", cost_minor=0, cash_minor=0,
        fee_counted_minor=0, fx=None, fee_fx=None,
    )  # fmt: skip


def test_held_room_is_not_free_and_comes_back():
    made = wallet()
    made.hold(CASH, 600)
    assert made.free(CASH) == 400
    made.hold(CASH, -600)
    assert made.free(CASH) == 1_000
    assert made.held == {}
    with pytest.raises(AssertionError, match="more released"):
        made.hold(CASH, -1)


def test_a_fill_moves_cash_lots_and_fee():
    made = wallet()
    made.filled(fill("buy", fee=5), paper.instrument(0))
    assert (made.balances[CASH], made.balances[LOTS]) == (1_000 - 2 * 3 * 100 - 5, 2)
    made.filled(fill("sell"), paper.instrument(0))
    assert (made.balances[CASH], made.balances[LOTS]) == (995, 0)


def test_a_fee_is_paid_in_its_own_currency():
    made = wallet()
    made.filled(fill("buy", fee=7, fee_currency="VTOK"), paper.instrument(0))
    assert made.balances[BalanceKey("customer:c1", "local", "VTOK")] == -7
    assert made.balances[CASH] == 400


def test_only_a_funded_account_is_known():
    assert wallet().knows("customer:c1")
    assert not wallet().knows("customer:c2")


def test_lots_that_fees_in_the_base_asset_owe_are_not_for_sale():
    made = Wallet()
    lots, base = BalanceKey("c", "a", paper.WETH_USDC), BalanceKey("c", "a", "WETH")
    made.balances = {lots: 100}
    for owed, free in ((0, 100), (1, 99), (10**16, 99), (10**16 + 1, 98), (-(10**18), 100)):
        made.balances[base] = -owed
        assert made.free_lots(lots, base, 10**16) == free
