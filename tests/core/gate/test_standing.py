"""Rows 1, 2, 19 and 27: who may trade what, where and when, as the rules stand."""

from dataclasses import replace

import pytest

from edgenode.core.gate.standing import in_hours
from edgenode.core.observations import (
    AuctionAsked,
)
from edgenode.model.facts import Permission
from tests.core.gate.orders import codes, hedge, names, ready, reasons
from tests.core.world import SECOND, WETH, intent

DAY = 86_400


def permission(**more):
    row = {"zone": "DE", "account": "*", "venue": "*", "instrument": "*", "opens_s": 0,
           "closes_s": DAY}  # fmt: skip
    return Permission(**{**row, **more})


def test_01_an_unknown_or_disabled_instrument():
    world = ready()
    assert codes(world, intent(instrument="NO-PE")) == ["EN101"]
    world.adopt(replace(world.state.rules.instruments[WETH], enabled=False))
    assert "EN101" in codes(world, intent())


def test_02_a_restricted_instrument():
    world = ready()
    world.policy(restricted=(WETH,))
    assert names(world, intent()) == ["restricted"]


@pytest.mark.parametrize(
    ("more", "passes"),
    [
        ({}, True),
        ({"account": "customer:c1"}, True),
        ({"account": "customer:*"}, True),
        ({"account": "desk:*"}, False),
        ({"account": "customer:c"}, False),
        ({"venue": "local"}, True),
        ({"venue": "a"}, False),
        ({"instrument": WETH}, True),
        ({"instrument": "BTC-USDC"}, False),
        ({"opens_s": 18 * 3600}, False),  # the world's time is 17:40
        ({"opens_s": 17 * 3600, "closes_s": 18 * 3600}, True),
        ({"opens_s": 22 * 3600, "closes_s": 18 * 3600}, True),  # over midnight
    ],
)
def test_02_a_permission_must_cover_trader_venue_product_and_hour(more, passes):
    world = ready()
    world.policy(permissions=(permission(account="nobody"), permission(**more)))
    assert ("permission" not in names(world, intent())) is passes
    if not passes:
        assert reasons(world, intent())[0].scope == "zone:DE"


def test_02_without_any_permission_nothing_passes():
    world = ready()
    world.policy(permissions=())
    assert codes(world, intent()) == ["EN102"]


def test_19_outside_the_session():
    world = ready()
    held = world.state.rules.instruments[WETH]
    world.adopt(replace(held, opens_s=9 * 3600, closes_s=17 * 3600))
    (reason,) = reasons(world, intent())
    assert (reason.code, reason.limit) == ("EN119", "09:00:00 to 17:00:00 UTC")
    assert reason.value == "17:40:00"
    world.adopt(replace(held, opens_s=17 * 3600, closes_s=18 * 3600))
    assert codes(world, intent()) == []


def test_hours_run_over_midnight():
    hour = 3600 * SECOND
    assert in_hours(0, DAY, 0)
    assert not in_hours(0, 0, 0)
    assert in_hours(22 * 3600, 2 * 3600, 23 * hour)
    assert in_hours(22 * 3600, 2 * 3600, 1 * hour)
    assert not in_hours(22 * 3600, 2 * 3600, 2 * hour)


@pytest.mark.parametrize(
    "more",
    [{"account": "customer:nobody"}, {"venue": "nowhere"}, {"side": "short"}, {"type": "stop"}],
)
def test_27_unknown_inputs(more):
    assert "EN127" in codes(ready(), intent(lots=1, **more))


def test_27_a_hedge_never_meets_a_customer_of_the_same_node():
    ask = intent(account="desk:overlay", venue="local", lots=1, price=150_000)
    assert "hedge_venue" in names(ready(), ask)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"type": "market", "price": None}, "market_rests"),
        ({"time_in_force": "for ever"}, "time_in_force"),
        ({"post_only": True, "time_in_force": "ioc"}, "post_only"),
    ],
)
def test_27_words_that_do_not_go_together(more, name):
    assert name in names(ready(), intent(**more))


def test_27_during_a_call_orders_only_collect():
    world = ready()
    world.observe(AuctionAsked(instrument=WETH, ends=world.now + SECOND, actor="person:p"))
    assert names(world, intent(time_in_force="ioc")) == ["auction_call"]
    assert names(world, intent(post_only=True)) == ["auction_call"]
    assert codes(world, intent()) == []
    assert codes(world, hedge(1, time_in_force="ioc")) == []  # elsewhere nothing has changed
