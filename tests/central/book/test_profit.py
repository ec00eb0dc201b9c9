"""Fees in other currencies are shown beside the cash and count in the total, or there is none."""

import pytest

from edgenode.central.book import profit
from edgenode.central.registry import CoreTotals
from tests.core.venues.test_fees import ETHER, Node
from tests.core.world import WETH


def row(node, mark=150_000):
    state = node.world.state
    instrument, known = state.rules.instruments[WETH], state.rules.currencies
    core = CoreTotals(lots=-100, cash_minor=1_500 * 10**6)
    return profit.row(state, instrument, known, state.positions.totals, core, mark)


def test_a_fee_in_the_quote_is_cash():
    found = row(Node(1_000_000, "USDC"))
    assert (found["overlay_cash"], found["other_fees"], found["total"]) == (
        "-1501.00",
        [],
        "-1.00",
    )
    assert found["open_quantity"] == "0.00"


@pytest.mark.parametrize(
    ("fee", "currency", "rate", "shown", "total"),
    [
        (ETHER, "ETH", 1_500, "1.00", "-1515.00"),
        (ETHER, "ETH", None, "1.00", None),
        (ETHER // 40, "WETH", None, "0.025", "-37.50"),
        (5, "DOGE", None, None, None),
    ],
)
def test_a_fee_in_another_currency(fee, currency, rate, shown, total):
    found = row(Node(fee, currency, rate=rate))
    assert [money["amount"] for money in found["other_fees"]] == [shown]
    assert (found["overlay_cash"], found["total"]) == ("-1500.00", total)
    assert found["open_quantity"] == ("-0.02" if currency == "WETH" else "0.00")


def test_without_a_mark_there_is_no_total():
    assert row(Node(0, "USDC"), mark=None)["total"] is None
