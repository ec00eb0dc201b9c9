"""Each control of the gate, by an order that fails just it; then all at once, and its limits."""

import pytest

from edgenode.core.gate.gate import judge
from edgenode.core.observations import OrderAsked, PauseAsked, StateAsked, Tick
from edgenode.daemon.paper import PaperWorld
from edgenode.model.errors import REGISTRY
from edgenode.model.facts import GrantRevoked, Instrument
from tests.core.world import SECOND, START, WETH, World, intent


def ready(**figures):
    world = World(PaperWorld(venues=("a", "b"), **figures))
    world.publish("a", 150_000)
    world.publish("b", 150_000)
    return world


def reasons(world, ask):
    return judge(world.state, world.seen, ask, world.now).reasons


def codes(world, ask):
    return [r.code for r in reasons(world, ask)]


def hedge(lots=100, side="buy", **more):
    row = {"account": "desk:overlay", "venue": "a", "price": 150_100, **more}
    return intent("H", lots=lots, side=side, **row)


def test_an_order_within_all_limits_passes_and_says_what_was_seen():
    world = ready()
    found = judge(world.state, world.seen, hedge(), world.now)
    assert found.reasons == ()
    assert (found.saw.reference_ticks, found.saw.source) == (150_000, "venue:a")
    assert (found.saw.worst_before, found.saw.worst_after) == (0, 100)
    assert found.limits_version == world.state.limits.version


def test_01_an_unknown_or_disabled_instrument():
    world = ready()
    assert codes(world, intent(instrument="NO-PE")) == ["EN101"]
    held = world.state.limits.instruments[WETH]
    row = {name: getattr(held, name) for name in Instrument.__dataclass_fields__}
    world.adopt(Instrument(**{**row, "enabled": False}))
    assert "EN101" in codes(world, intent())


def test_03_a_client_order_id_used_before():
    world = ready()
    world.observe(OrderAsked(intent("T1"), "customer:c1"))
    assert "EN103" in codes(world, intent("T1"))
    assert "EN103" not in codes(world, intent("T2"))


@pytest.mark.parametrize("price", [None, 0, -1])
def test_04_a_limit_price_must_be_positive(price):
    assert "EN104" in codes(ready(), intent(price=price))


def test_05_desk_orders_need_a_fresh_reference_and_customers_do_not():
    world = ready(static_reference_ticks=None)
    world.now += 11 * SECOND
    assert "EN105" in codes(world, hedge())
    assert codes(world, intent(price=150_000, lots=1)) == []


@pytest.mark.parametrize(("lots", "name"), [(0, "quantity_min"), (100_001, "quantity_max")])
def test_06_quantity_within_the_instruments_range(lots, name):
    assert name in [r.name for r in reasons(ready(), intent(lots=lots))]


def test_07_notional_of_one_order():
    world = ready()
    (reason,) = reasons(world, intent(lots=1_667, price=150_000))
    assert (reason.code, reason.limit, reason.value) == ("EN107", "25000.00", "25005.00")
    assert codes(world, intent(lots=1_666, price=150_000)) == []


def test_09_message_rate_per_venue_and_market_second():
    world = ready()
    for index in range(100):
        world.observe(OrderAsked(intent(f"R{index}", lots=1, price=100), "customer:c1"))
    assert "EN109" in codes(world, intent("R100", lots=1, price=100))
    assert "EN109" not in codes(world, hedge(1))  # another venue
    world.now += SECOND
    assert "EN109" not in codes(world, intent("R100", lots=1, price=100))


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
    assert [r.name for r in reasons(world, hedge(401))] == ["over_hedge"]


def test_13_position_grants():
    world = ready()
    world.adopt(GrantRevoked(at_ns=START, id="position-buy", reason=""))
    assert [r.name for r in reasons(world, hedge(1))] == ["grant_position"]


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
    assert name in [r.name for r in reasons(ready(**figures), hedge(100))]


def test_16_the_micro_events_spend_cap():
    world = ready(event_spend_max=1)
    (reason,) = reasons(world, hedge(100, event_id="drop"))
    assert (reason.code, reason.scope) == ("EN116", "event:drop")


def test_20_reduce_only_is_judged_at_its_venue():
    assert codes(ready(), hedge(1, reduce_only=True)) == ["EN120"]


def test_21_trading_state_and_pause():
    world = ready()
    world.observe(StateAsked(scope="node", state="halted", reason="", actor="person:p"))
    assert codes(world, hedge(1)) == codes(world, intent(lots=1, price=1)) == ["EN121"]
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
    assert "hedge_venue" in [r.name for r in reasons(ready(), ask)]


def test_29_expired_grants_admit_only_what_reduces():
    world = ready(static_reference_ticks=None)
    world.observe(OrderAsked(hedge(100), "rule:overlay"))
    world.now += 366 * 24 * 3600 * SECOND
    world.publish("a", 150_000)
    assert "EN129" in codes(world, intent(
        "X", account="desk:overlay", venue="a", lots=1, price=150_100))  # fmt: skip


def test_without_a_policy_nothing_passes():
    world = World(funded=False)
    assert "EN129" in codes(world, hedge())


def test_all_failed_checks_come_at_once_sorted_with_limit_and_value():
    world = ready(funds_cash=1)
    world.observe(StateAsked(scope="node", state="halted", reason="", actor="person:p"))
    found = reasons(world, intent(lots=2_000, price=150_000, account="customer:c1"))
    assert [r.code for r in found] == ["EN107", "EN113", "EN121"]
    assert all(r.limit and r.value and r.unit and r.scope for r in found)
    assert all(r.code in REGISTRY for r in found)
    again = reasons(world, intent(lots=2_000, price=150_000))
    assert again == found


def test_judging_changes_nothing():
    world = ready()
    for ask in (hedge(100, event_id="drop"), intent(lots=0), intent(lots=10, price=150_000)):
        reasons(world, ask)
    world.assert_refolds()
