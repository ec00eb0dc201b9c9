"""The gate as a whole: what passes says what was seen; what fails says everything at once."""

from edgenode.core.gate.gate import judge
from edgenode.core.observations import StateAsked
from edgenode.model.errors import REGISTRY
from tests.core.gate.orders import codes, hedge, ready, reasons
from tests.core.world import World, intent


def test_an_order_within_all_limits_passes_and_says_what_was_seen():
    world = ready()
    found = judge(world.state, world.seen, hedge(), world.now)
    assert found.reasons == ()
    assert (found.saw.reference_ticks, found.saw.source) == (150_000, "venue:a")
    assert (found.saw.worst_before, found.saw.worst_after) == (0, 100)
    assert found.limits_version == world.state.rules.version


def test_without_a_policy_nothing_passes():
    world = World(funded=False)
    assert "EN129" in codes(world, hedge())


def test_all_failed_checks_come_at_once_sorted_with_limit_and_value():
    world = ready(funds_cash=1)
    world.observe(StateAsked(scope="node", state="reducing", reason="", actor="person:p"))
    found = reasons(world, intent(lots=2_000, price=150_000, account="customer:c1"))
    assert [r.code for r in found] == ["EN107", "EN113", "EN121"]
    assert all(r.limit and r.value and r.unit and r.scope for r in found)
    assert all(r.code in REGISTRY for r in found)
    again = reasons(world, intent(lots=2_000, price=150_000))
    assert again == found


def test_while_trading_is_halted_nothing_else_is_looked_at():
    world = ready(funds_cash=1)
    world.policy(restricted=("WETH-USDC",))
    world.observe(StateAsked(scope="venue:a", state="halted", reason="", actor="person:p"))
    found = judge(world.state, world.seen, hedge(10**7), world.now)
    assert [(r.code, r.scope) for r in found.reasons] == [("EN102", "node"), ("EN121", "venue:a")]
    assert (found.would_reserve, found.price_ticks, found.plan_id) == ((), None, None)
    assert found.limits_version == world.state.rules.version
    assert "EN107" in codes(world, hedge(10**7, venue="b"))


def test_judging_changes_nothing():
    world = ready()
    for ask in (hedge(100, event_id="drop"), intent(lots=0), intent(lots=10, price=150_000)):
        reasons(world, ask)
    world.assert_refolds()


def test_a_full_denial_names_every_failed_check():
    world = ready(funds_cash=1)
    world.observe(StateAsked(scope="node", state="reducing", reason="", actor="person:p"))
    world.policy(
        permissions=(), restricted=("WETH-USDC",), price_collar_ppm=1, order_notional_max=1,
        open_orders_max=0, open_notional_max=0, gross_notional_max=0, event_gross_notional_max=0,
        event_loss_max=-1, day_loss_max=-1, orders_per_s_max=0, event_orders_per_s_max=0,
    )  # fmt: skip
    world.now -= 2 * 10**9
    world.publish("a", 150_000)
    ask = intent(
        lots=200_000, price=200_000, side="buy", type="stop", time_in_force="gtd",
        reduce_only=True, expires_ns=1,
    )  # fmt: skip
    assert sorted(set(codes(world, ask))) == [
        "EN102", "EN105", "EN106", "EN107", "EN109", "EN111", "EN112", "EN113", "EN114", "EN115",
        "EN118", "EN119", "EN120", "EN121", "EN127",
    ]  # fmt: skip
