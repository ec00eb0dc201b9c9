"""A fee in another currency is booked in it, and counts at a dated rate or at the worst."""

import pytest

from edgenode.core.observations import BreakCloseAsked, OrderAsked, Reported, Tick
from edgenode.core.risk.pnl import total
from edgenode.core.venues.fees import due, unpriced
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import BreakClosed, BreakOpened, Currency, FeePriced, FxRate
from edgenode.model.venue import BustReport, FillReport
from tests.core.gate.orders import hedge, names
from tests.core.world import SECOND, WETH, World, intent

ETHER, USDC = 10**18, 10**6


class Node:
    """A node whose hedge of 1 WETH bought at the reference was charged a fee."""

    def __init__(self, fee, currency, *, rate=None):
        self.world = world = World(PaperWorld(venues=("a",), cost_limit=50_000))
        world.policy(event_spend_max=40_000 * USDC)
        world.publish("a", 150_000)
        world.observe(Tick())
        if rate is not None:
            self.rate(rate, currency)
        (gated, *_) = world.facts(OrderAsked(hedge(100, price=150_000), "rule:overlay"))
        self.said = world.facts(Reported(FillReport(
            venue="a", venue_account="desk", scope="a", exec_id="x", order_id=gated.order_id,
            instrument=WETH, side="buy", quantity_lots=100, price_ticks=150_000, fee_minor=fee,
            fee_currency=currency, venue_time_ns=7,
        )))  # fmt: skip
        self.fill = self.said[0]

    def rate(self, usdc, currency):
        world = self.world
        world.adopt(FxRate(at_ns=world.now, base=currency, quote="USDC", bid_ppb=usdc * 10**9,
                           ask_ppb=usdc * 10**9, as_of=world.now, source="desk"))  # fmt: skip

    def spent(self):
        state = self.world.state
        cost = state.grants.accounts["cost-1"].spent
        assert cost == state.limits.spending("none").spent
        return cost

    def breaks(self):
        return {b.type for b in self.world.state.breaks.open.values()}

    def pnl(self):
        world = self.world
        return total(world.state, world.seen, world.state.rules.policy, None, world.now)

    def balance(self, asset):
        return self.world.state.wallet.balances.get(("desk:overlay", "a", asset), 0)


def test_a_fee_in_gas_is_booked_in_gas_and_counts_at_its_dated_rate():
    node = Node(ETHER, "ETH", rate=1_500)
    assert node.balance("ETH") == -ETHER
    assert node.spent() == 1_515 * USDC  # with the haircut of 1 %
    assert node.pnl() == -1_515 * USDC
    assert node.breaks() == set()
    node.world.assert_refolds()


def test_without_a_rate_it_counts_at_the_worst_until_one_prices_it():
    node = Node(ETHER, "ETH")
    assert (node.spent(), node.pnl()) == (10_000 * USDC, -10_000 * USDC)
    (opened,) = [fact for fact in node.said if isinstance(fact, BreakOpened)]
    assert (opened.type, opened.subject) == ("fee_unpriced", "ETH")
    assert opened.detail == "venue a took 1.00 ETH; it counts as 10000.00 USDC"
    node.world.observe(Tick())
    assert node.breaks() == {"fee_unpriced"}
    node.rate(1_500, "ETH")
    facts = [f for f in node.world.facts(Tick()) if isinstance(f, FeePriced | BreakClosed)]
    assert [type(fact) for fact in facts] == [FeePriced, BreakClosed]
    assert (facts[0].counted_minor, facts[0].priced_minor) == (10_000 * USDC, 1_515 * USDC)
    assert (node.spent(), node.pnl()) == (1_515 * USDC, -1_515 * USDC)
    assert node.breaks() == set()
    assert due(node.world.state, node.world.state.rules.policy, node.world.now) == []
    node.world.assert_refolds()


def test_a_rate_above_the_worst_charges_the_difference():
    node = Node(ETHER, "ETH")
    node.rate(20_000, "ETH")
    node.world.observe(Tick())
    assert node.spent() == 20_200 * USDC


def test_a_person_who_closes_the_break_does_not_stop_the_pricing():
    node = Node(ETHER, "ETH")
    node.world.observe(BreakCloseAsked(break_id="fee_unpriced:ETH", reason="seen", actor="p"))
    node.rate(1_500, "ETH")
    node.world.observe(Tick())
    assert node.spent() == 1_515 * USDC


def test_a_fee_of_an_unknown_scale_counts_as_policy_says_until_it_can_be_priced():
    node = Node(5, "DOGE")
    assert (node.spent(), node.pnl(), node.balance("DOGE")) == (100 * USDC, -100 * USDC, -5)
    assert node.breaks() == {"fee_unpriced"}
    assert names(node.world, intent("C", side="sell", price=149_000, lots=1)) == []
    node.world.adopt(Currency(at_ns=node.world.now, code="DOGE", decimals=0))
    node.rate(2, "DOGE")
    node.world.observe(Tick())
    assert (node.spent(), node.pnl()) == (10_100_000, -10_100_000)
    assert node.breaks() == set()
    node.world.assert_refolds()


@pytest.mark.parametrize("currency", ["ETH", "DOGE", "USDC", "WETH"])
def test_a_rebate_is_booked_and_lessens_no_cost(currency):
    node = Node(-7, currency)
    assert (node.balance(currency) if currency != "USDC" else 7, node.spent()) == (7, 0)
    assert node.pnl() == (7 if currency == "USDC" else 0)


def test_a_fee_in_the_base_asset_lessens_the_holding():
    node = Node(25 * ETHER // 1_000, "WETH")  # 2.5 lots of 100
    state = node.world.state
    assert node.balance("WETH") == -25 * ETHER // 1_000
    assert state.positions.net("desk:overlay", WETH) == 98
    assert node.world.exposure().overlay_agreed == 98
    (totals,) = state.positions.totals.values()
    assert (totals.traded_lots, totals.lots) == (100, 98)
    assert node.pnl() == -37_500_000  # 0.025 WETH at 1,500, to the smallest unit
    assert node.spent() == 37_500_000
    sell = intent("S", account="desk:overlay", venue="a", side="sell", price=149_900,
                  time_in_force="ioc", lots=10_098)  # fmt: skip
    assert "inventory" in names(node.world, sell)  # 10,000 and what was bought less 2.5 lots
    node.world.assert_refolds()


@pytest.mark.parametrize(("fee", "currency"), [(ETHER, "ETH"), (ETHER // 40, "WETH"), (9, "USDC")])
def test_what_is_taken_back_takes_its_fee_along_but_not_its_cost(fee, currency):
    node = Node(fee, currency)
    spent = node.spent()
    node.world.observe(Reported(BustReport(
        venue="a", venue_account="desk", scope="a", exec_id="x", version=1, detail="",
    )))  # fmt: skip
    state = node.world.state
    assert state.positions.totals == {}
    assert (node.pnl(), state.positions.net("desk:overlay", WETH)) == (0, 0)
    assert node.spent() == spent  # cost is monotone
    node.world.now += SECOND
    node.rate(1_500, currency) if currency == "ETH" else None
    node.world.observe(Tick())
    node.world.assert_refolds()


def test_a_fee_with_a_rate_opens_nothing():
    node = Node(ETHER, "ETH", rate=1_500)
    assert unpriced(node.world.state, node.fill, node.world.now) == ()
