"""Rows 13, 16, 29 and 30: what an order may cost, and who pays."""

from dataclasses import replace

import pytest

from edgenode.core.observations import OrderAsked, Reported
from edgenode.model.facts import FxRate
from edgenode.model.money import div_up
from tests.core.gate.orders import codes, declare, hedge, names, ready, reasons
from tests.core.orders.sent import fill
from tests.core.world import SECOND, intent


def test_13_a_customers_money_and_goods():
    world = ready(funds_cash=1_000, funds_lots=50)
    (reason,) = reasons(world, intent(lots=100, price=150_000))
    assert (reason.name, reason.limit, reason.value) == ("funds", "1000.00", "1500.00")
    (reason,) = reasons(world, intent(side="sell", lots=51, price=150_000))
    assert (reason.name, reason.limit, reason.value) == ("inventory", "0.50", "0.51")


@pytest.mark.parametrize(
    ("figures", "name"), [({"cost_limit": 1}, "grant_cost"), ({"cash_limit": 100}, "grant_cash")]
)
def test_13_grants_cover_the_worst_case(figures, name):
    assert name in names(ready(**figures), hedge(100))


def test_16_the_micro_events_spend_cap():
    world = ready(event_spend_max=1)
    declare(world, "drop")
    (reason,) = reasons(world, hedge(100, event_id="drop"))
    assert (reason.code, reason.scope) == ("EN116", "event:drop")


def test_29_expired_grants_admit_only_what_reduces():
    world = ready(static_reference_ticks=None)
    world.observe(OrderAsked(hedge(100), "rule:overlay"))
    world.now += 366 * 24 * 3600 * SECOND
    world.publish("a", 150_000)
    assert "EN129" in codes(world, intent(
        "X", account="desk:overlay", venue="a", lots=1, price=150_100))  # fmt: skip


def in_euro(world, **rate):
    """Let limits be in EUR while WETH trades in USDC, with grants to match."""
    world.policy(currency="EUR")
    for held in list(world.state.grants.accounts.values()):
        if held.grant.kind != "position":
            world.adopt(replace(held.grant, id=f"{held.grant.id}-eur", unit="EUR"))
    row = {"base": "USDC", "quote": "EUR", "bid_ppb": 900_000_000, "ask_ppb": 910_000_000,
           "as_of": world.now, "source": "desk"}  # fmt: skip
    if rate is not None:
        world.adopt(FxRate(at_ns=world.now, **{**row, **rate}))
    return world


def test_30_no_rate_denies_and_an_old_one_too():
    world = ready()
    world.policy(currency="EUR")
    assert [r.code for r in reasons(world, intent(lots=1))] == ["EN130"]
    in_euro(world, as_of=world.now - 3_600_001 * 10**6)
    (reason,) = reasons(world, intent(lots=1))
    assert (reason.code, reason.unit) == ("EN130", "USDC/EUR")
    in_euro(world)
    assert codes(world, intent(lots=1)) == []


def test_30_the_worse_side_and_a_haircut_and_the_entry_keeps_both():
    world = in_euro(ready())
    ask = hedge(100, price=150_000)
    (gated, *_) = world.facts(OrderAsked(ask, "rule:overlay"))
    cash = next(row for row in gated.reserved if row.kind == "cash")
    # 1,500 USDC and 5 bp fee, at 0.91 + 1 % = 0.9191; 1 micro-USDC is 10^-4 cents
    assert (cash.unit, cash.amount) == ("EUR", div_up(1_500_750_000 * 9191, 10**8))
    assert gated.saw.fx == f"desk:USDC/EUR@{world.now}=9191/10000"
    funds = next(row for row in gated.reserved if row.kind == "funds")
    assert (funds.unit, funds.amount) == ("USDC", 1_500_750_000)


def test_30_a_rate_quoted_the_other_way_round():
    world = in_euro(
        ready(), base="EUR", quote="USDC", bid_ppb=1_100_000_000, ask_ppb=1_250_000_000
    )
    (gated, *_) = world.facts(OrderAsked(hedge(100, price=150_000), "rule:overlay"))
    assert gated.saw.fx.endswith("=101/110")  # 1.01 / 1.10, exactly


def test_30_a_fill_is_charged_at_a_rate_that_its_entry_names():
    world = in_euro(ready())
    order_id = world.facts(OrderAsked(hedge(100, price=150_100), "rule:overlay"))[0].order_id
    (fact, *_) = world.facts(Reported(fill(order_id, lots=100)))
    assert fact.fx == f"desk:USDC/EUR@{world.now}=9191/10000"
    slippage = 50 * 100 * 100
    assert fact.cost_minor == div_up((100 + slippage) * 9191, 10**8)
    spent = world.state.grants.accounts["cash-1-eur"].spent
    assert spent == fact.cash_minor == div_up((150_050 * 100 * 100 + 100) * 9191, 10**8)
    world.assert_refolds()
