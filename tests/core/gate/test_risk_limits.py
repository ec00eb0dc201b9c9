"""Rows 11, 14, 15 and 20, and the one bound on hedges: what all orders together may become."""

from dataclasses import replace

import pytest

from edgenode.core.observations import CancelAsked, OrderAsked, Reported, Requote, Tick
from edgenode.model.facts import GrantRevoked, VenueLimit
from edgenode.model.venue import Finished
from tests.core.gate.orders import codes, hedge, names, ready, reasons
from tests.core.gate.test_order_limits import other_instrument
from tests.core.hedge.test_overlay import heading
from tests.core.orders.sent import fill
from tests.core.world import SECOND, START, WETH, intent

DAY = 86_400


def test_11_worst_case_of_the_net_position():
    world = ready()
    world.policy(net_position_lots_max=99)
    (reason,) = reasons(world, hedge(100))
    assert (reason.code, reason.name, reason.limit, reason.value) == (
        "EN111", "net_position_max", "0.99", "1.00",
    )  # fmt: skip
    assert codes(world, hedge(99)) == []


def test_11_no_hedge_beyond_the_one_bound():
    world = ready()
    # band 100 + one slice 300 + 0, nothing exposed
    assert codes(world, hedge(400)) == []
    assert names(world, hedge(401)) == ["over_hedge"]


@pytest.mark.parametrize("band", [0, 10, 150])
def test_11_the_bound_has_the_band_of_the_newest_programme_whatever_policy_says_now(band):
    world = ready()
    world.state.programmes.decided(replace(heading(0).newest, band_lots=band))
    assert codes(world, hedge(band + 300)) == []
    assert names(world, hedge(band + 301)) == ["over_hedge"]


def test_13_position_grants():
    world = ready()
    world.adopt(GrantRevoked(at_ns=START, id="position-buy", reason=""))
    assert names(world, hedge(1)) == ["grant_position"]


@pytest.mark.parametrize(
    ("name", "after_s", "lots", "passes"),
    [
        ("live", -1, 300, True),
        ("in grace, within the reserve", 0, 200, True),
        ("in grace, beyond the reserve", 0, 201, False),
        ("the last moment of grace", DAY - 1, 200, True),
        ("after grace", DAY, 1, False),
    ],
)
def test_13_a_position_grant_that_expired_lets_reducing_hedges_use_its_reserve_until_grace_ends(
    name, after_s, lots, passes
):
    world = traded(event_spend_max=10**12)
    old = world.state.grants.accounts["position-buy"].grant
    expiry = world.now + 10 * SECOND
    short = replace(
        old, id="p", limit=1_000, expiry=expiry, grace_until=expiry + DAY * SECOND,
        reducing_reserve=200,
    )  # fmt: skip
    world.adopt(short)
    world.adopt(GrantRevoked(at_ns=world.now, id=old.id, reason=""))
    world.now = expiry + after_s * SECOND
    world.publish("a", 150_000)
    assert ("grant_position" not in names(world, hedge(lots))) is passes, name
    # a live grant beside it adds to that, and takes nothing away
    world.adopt(replace(old, id="q", limit=1, reducing_reserve=0, expiry=world.now + SECOND))
    assert ("grant_position" not in names(world, hedge(lots))) is (passes or lots in {1, 201})


def test_13_hedges_that_never_execute_use_up_no_reserve_of_an_expired_grant():
    world = traded()
    cost = world.state.grants.accounts["cost-1"]
    world.now = cost.grant.expiry - SECOND
    world.publish("a", 150_000)
    (early, *_) = world.facts(OrderAsked(hedge(10, name="EARLY"), "rule:overlay"))
    for index in range(30):
        world.now += 2 * SECOND
        world.publish("a", 150_000)
        ask = hedge(100, name=f"H{index}", time_in_force="ioc")
        (gated, *_) = world.facts(OrderAsked(ask, "rule:overlay"))
        assert cost.grace_used == sum(r.amount for r in gated.reserved if r.grant == "cost-1")
        canceled(world, gated)
        assert cost.grace_used == 0
    canceled(world, early)  # what was reserved before it expired is none of the reserve
    assert (cost.grace_used, cost.reserved) == (0, 0)
    (gated, *_) = world.facts(OrderAsked(hedge(100, name="F"), "rule:overlay"))
    world.observe(Reported(fill(gated.order_id, lots=50)))
    canceled(world, gated, cum=50)
    rows = sum(r.amount for r in gated.reserved if r.grant == "cost-1")
    assert cost.grace_used == rows // 2  # what executed is used, at its worst case
    world.assert_refolds()


def canceled(world, gated, cum=0):
    done = Finished(venue="a", order_id=gated.order_id, reason="canceled", cum_lots=cum)
    world.observe(Reported(done))


def test_13_after_a_revocation_nothing_that_needs_the_grant_passes_reducing_or_not():
    world = traded()
    assert codes(world, hedge(100)) == []
    world.adopt(GrantRevoked(at_ns=START, id="position-buy", reason=""))
    (reason,) = reasons(world, hedge(100))
    assert (reason.name, reason.limit, reason.value) == ("grant_position", "0.00", "1.00")


def test_20_reduce_only_is_judged_at_its_venue():
    assert codes(ready(), hedge(1, reduce_only=True)) == ["EN120"]


def traded(**policy):
    """Return a world whose desk is 4.00 WETH short."""
    world = ready(quote_size_lots=500)
    world.observe(Tick())
    world.observe(OrderAsked(intent("T1", price=151_000, lots=400), "customer:c1"))
    assert world.exposure().agreed == -400
    world.policy(quote_size_lots=0, **policy)
    world.observe(Requote(WETH))
    return world


def test_14_gross_exposure_of_the_node_and_of_the_micro_event():
    world = traded(gross_notional_max=7_400 * 10**6, event_gross_notional_max=7_000 * 10**6)
    found = {r.scope: (r.limit, r.value) for r in reasons(world, intent("T2", lots=100))}
    assert found == {
        "node": ("7400.00", "7500.00"),
        "event:none": ("7000.00", "7500.00"),
    }
    assert codes(world, hedge(100)) == []  # a hedge is gross by nature; row 11 bounds it
    assert codes(world, intent("T3", side="sell", lots=100)) == []


def test_14_gross_exposure_counts_all_instruments():
    world = traded(gross_notional_max=7_400 * 10**6, event_gross_notional_max=7_400 * 10**6)
    name = other_instrument(world)
    ask = intent("T2", lots=100, instrument=name)
    assert {(r.name, r.scope, r.value) for r in reasons(world, ask)} == {
        ("gross_exposure_max", "node", "7500.00"),
        ("gross_exposure_max", "event:none", "7500.00"),
    }
    assert codes(world, replace(ask, quantity_lots=90)) == []
    del world.books["a", WETH]
    world.policy(static_reference_ticks=None)
    assert "gross_exposure_unknown" in names(world, ask)


def test_14_what_one_venue_may_have_of_ours_where_the_centre_set_a_limit():
    world = traded(static_reference_ticks=None)
    world.adopt(VenueLimit(at_ns=START, venue="a", gross_notional_max=1_500 * 10**6))
    (reason,) = reasons(world, hedge(101))  # a hedge that reduces is no exception
    assert (reason.code, reason.scope, reason.limit, reason.value) == (
        "EN114", "venue:a", "1500.00", "1516.01",  # at its limit of 1501.00
    )  # fmt: skip
    assert codes(world, hedge(101, venue="b")) == []
    (gated, *_) = world.facts(OrderAsked(hedge(60, name="O"), "rule:overlay"))
    assert names(world, hedge(41, name="N")) == ["gross_exposure_max"]  # open ones count
    world.observe(Reported(fill(gated.order_id, lots=60)))
    world.adopt(VenueLimit(at_ns=START, venue="a", gross_notional_max=0))
    assert "gross_exposure_max" in names(world, hedge(1, name="N"))
    assert "gross_exposure_max" not in names(world, hedge(60, side="sell", price=149_900))
    assert "gross_exposure_max" in names(world, hedge(121, side="sell", price=149_900))
    world.assert_refolds()


def test_15_past_a_loss_only_what_reduces_risk_passes():
    world = traded(event_loss_max=100 * 10**6, day_loss_max=300 * 10**6)
    world.publish("a", 155_000)  # 4.00 short, sold near 1,500: about 200 USDC lost
    (reason,) = reasons(world, intent("T2", lots=1))
    assert (reason.code, reason.scope, reason.limit) == ("EN115", "event:none", "100.00")
    assert codes(world, intent("T3", side="sell", lots=1)) == []
    world.publish("a", 158_000)
    assert [r.scope for r in reasons(world, intent("T2", lots=1))] == ["day", "event:none"]


def test_15_a_loss_that_cannot_be_told_counts_as_too_much():
    world = traded(static_reference_ticks=None)
    world.now += 60 * SECOND
    assert "loss_unknown" in names(world, intent("T2", lots=1))


def test_20_reduce_only_orders_together_reduce_no_more_than_there_is():
    world = traded()
    world.policy(overlay_enabled=False)
    buys = {"side": "sell", "price": 151_500, "reduce_only": True}  # the customer bought 400
    assert names(world, intent("R0", lots=401, **buys)) == ["reduce_only"]
    for name, lots in (("R1", 250), ("R2", 100)):
        (gated, *_) = world.facts(OrderAsked(intent(name, lots=lots, **buys), "customer:c1"))
    (reason,) = reasons(world, intent("R3", lots=51, **buys))
    assert (reason.code, reason.limit, reason.value) == ("EN120", "0.50", "0.51")
    assert codes(world, intent("R3", lots=50, **buys)) == []
    world.observe(CancelAsked(gated.order_id, "customer:c1"))
    assert codes(world, intent("R3", lots=150, **buys)) == []
    world.assert_refolds()
