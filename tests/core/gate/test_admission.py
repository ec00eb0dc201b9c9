"""Rows 1, 2, 3, 18, 19, 21 and 27: who may trade what, where and when."""

from dataclasses import replace

import pytest

from edgenode.core.gate.admission import in_hours
from edgenode.core.observations import (
    AuctionAsked,
    Funded,
    OrderAsked,
    PauseAsked,
    Started,
    StateAsked,
    Tick,
)
from edgenode.model.facts import Permission
from tests.core.gate.orders import codes, declare, hedge, names, ready, reasons
from tests.core.world import SECOND, START, WETH, intent

DAY = 86_400


def permission(**more):
    row = {"zone": "DE", "account": "*", "venue": "*", "instrument": "*", "opens_s": 0,
           "closes_s": DAY}  # fmt: skip
    return Permission(**{**row, **more})


def test_01_an_unknown_or_disabled_instrument():
    world = ready()
    assert codes(world, intent(instrument="NO-PE")) == ["EN101"]
    world.adopt(replace(world.state.limits.instruments[WETH], enabled=False))
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


def test_03_a_client_order_id_used_before():
    world = ready()
    world.observe(OrderAsked(intent("T1"), "customer:c1"))
    assert "EN103" in codes(world, intent("T1"))
    assert "EN103" not in codes(world, intent("T2"))


def test_18_a_clock_that_went_back():
    world = ready()
    world.now -= 2 * SECOND
    world.publish("a", 150_000)
    (reason,) = reasons(world, intent())
    assert (reason.code, reason.name, reason.limit) == ("EN118", "clock", str(START))


def test_18_a_paper_node_may_be_started_in_another_time_and_a_live_one_may_not():
    for mode, expected in (("paper", []), ("live", ["clock"])):
        world = ready()
        world.now -= 3_600 * SECOND
        world.observe(Started(boot_tag=2, version="0", mode=mode))
        world.publish("a", 150_000)
        assert names(world, intent()) == expected


def test_19_outside_the_session():
    world = ready()
    held = world.state.limits.instruments[WETH]
    world.adopt(replace(held, opens_s=9 * 3600, closes_s=17 * 3600))
    (reason,) = reasons(world, intent())
    assert (reason.code, reason.limit) == ("EN119", "09:00:00 to 17:00:00 UTC")
    assert reason.value == "17:40:00"
    world.adopt(replace(held, opens_s=17 * 3600, closes_s=18 * 3600))
    assert codes(world, intent()) == []


def test_19_an_expiry_in_the_past_and_one_that_has_no_business_there():
    world = ready()
    gtd = {"time_in_force": "gtd"}
    assert names(world, intent(expires_ns=world.now, **gtd)) == ["expiry_past"]
    assert names(world, intent(expires_ns=world.now + 1)) == ["expiry"]
    assert names(world, intent(**gtd)) == ["expiry"]
    assert codes(world, intent(expires_ns=world.now + 1, **gtd)) == []


def test_hours_run_over_midnight():
    hour = 3600 * SECOND
    assert in_hours(0, DAY, 0)
    assert not in_hours(0, 0, 0)
    assert in_hours(22 * 3600, 2 * 3600, 23 * hour)
    assert in_hours(22 * 3600, 2 * 3600, 1 * hour)
    assert not in_hours(22 * 3600, 2 * 3600, 2 * hour)


def test_21_trading_state_and_pause():
    world = ready()
    world.observe(StateAsked(scope="node", state="halted", reason="", actor="person:p"))
    assert codes(world, hedge(1)) == codes(world, intent(lots=1, price=10_000)) == ["EN121"]
    world.observe(StateAsked(scope="node", state="active", reason="", actor="person:p"))
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert codes(world, intent(lots=1, price=150_000)) == ["EN121"]
    assert codes(world, hedge(1)) == []


def test_21_a_customers_order_that_takes_risk_off_the_desk_passes_a_pause():
    world = ready(quote_size_lots=500)
    world.observe(Tick())
    world.observe(OrderAsked(intent("T1", price=151_000, lots=400), "customer:c1"))
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert world.exposure().agreed == -400
    assert codes(world, intent("T2", side="sell", lots=400, price=140_000)) == []
    assert codes(world, intent("T3", side="buy", lots=1, price=140_000)) == ["EN121"]


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


def test_27_an_order_names_an_open_micro_event_or_none():
    world = ready()
    declare(world, "past", starts_s=-20, ends_s=-10)
    declare(world, "later", starts_s=10)
    declare(world, "now")
    for named in ("zzz", "past", "later"):
        (reason,) = reasons(world, hedge(event_id=named))
        assert (reason.code, reason.name, reason.value) == ("EN127", "event", named)
        assert names(world, intent(event_id=named)) == ["event"]
    for named in ("now", "none", None):
        assert codes(world, hedge(event_id=named)) == []


def test_27_a_customer_cannot_leave_the_micro_event_that_runs():
    world = ready()
    declare(world, "now")
    world.observe(StateAsked(scope="event:now", state="halted", reason="", actor="person:p"))
    for named in ("now", "none", None):
        (reason,) = reasons(world, intent(event_id=named))
        assert (reason.code, reason.scope) == ("EN121", "event:now")


def test_27_only_customers_the_book_and_the_overlay_trade():
    world = ready()
    for account in ("desk:suspense", "desk:other", "ann", "customer:never-funded"):
        if account != "customer:never-funded":
            world.observe(Funded(account=account, venue="a", currency="USDC", instrument=None,
                                 amount=10**12, reference=""))  # fmt: skip
        found = names(world, hedge(1, account=account))
        assert "account" in found, account
    assert "account" not in names(world, hedge(1, account="desk:book"))
