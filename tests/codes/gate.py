"""Codes of the gate: each denial with its limit and value."""

from dataclasses import replace

from edgenode.core.observations import OrderAsked, StateAsked, SurgeFound
from edgenode.core.risk.sizing import size
from edgenode.daemon.paper import PaperWorld
from edgenode.daemon.view import programmes, sizing, stress
from edgenode.model.facts import Permission
from tests.codes.table import Ground, Words, answered, denies, says
from tests.core.gate.orders import hedge, ready
from tests.core.gate.test_money_limits import in_euro
from tests.core.gate.test_risk_limits import traded
from tests.core.hedge.test_programme import exposed, node_state, tick
from tests.core.report.lived import begun
from tests.core.restrictions.test_stress import PRICE, Watched
from tests.core.world import SECOND, WETH, World, intent
from tests.daemon.test_exposed import Node
from tests.journeys.box import order


@says("EN100", "Order denied", "EN107 25000.00 < 150000.00 USDC")
def denied(ground: Ground) -> Words:
    big = order("C100", quantity="100.00", price="1500.00")
    answer = ground.box.ask("POST", "/api/v1/orders", big)
    reason = answer[1]["reasons"][0]
    said = f"{reason['code']} {reason['limit']} < {reason['value']} {reason['unit']}"
    return answered(422, answer)._replace(expected=said)


@denies("EN101", "instrument", "enabled instrument", "NO-PE", "id")
def unknown_instrument():
    return ready(), intent(instrument="NO-PE")


@denies("EN102", "permission", "a permission in its hours", "customer:c1 local WETH-USDC", "id")
def not_permitted():
    world = ready()
    nobody = Permission(
        zone="DE", account="nobody", venue="*", instrument="*", opens_s=0, closes_s=1
    )
    world.policy(permissions=(nobody,))
    return world, intent()


@denies("EN103", "duplicate_client_order_id", "unused id", "T1", "id")
def used_id():
    world = ready()
    world.observe(OrderAsked(intent("T1"), "customer:c1"))
    return world, intent("T1")


@denies("EN104", "price", "0.01", "0.00", "USDC")
def no_price():
    return ready(), intent(price=0)


@denies("EN105", "price_collar", "1515.00", "1515.01", "USDC")
def beyond_the_collar():
    world = ready()
    world.policy(price_collar_ppm=10_000)
    return world, intent(price=151_501, lots=1)


@denies("EN106", "quantity_max", "1000.00", "1000.01", "WETH")
def too_many():
    return ready(), intent(lots=100_001)


@denies("EN107", "order_notional_max", "25000.00", "25005.00", "USDC")
def too_much():
    return ready(), intent(lots=1_667, price=150_000)


@denies("EN108", "order_notional_min", "1.00", "0.50", "USDC")
def too_little():
    return ready(), intent(lots=100, price=50)


@denies("EN109", "message_rate", "1", "2", "1/s")
def too_often():
    world = ready()
    world.policy(orders_per_s_max=1)
    world.observe(OrderAsked(intent("T0", lots=1), "customer:c1"))
    return world, intent("T1", lots=1)


@denies("EN111", "hedge_room", "0.00", "0.01", "WETH")
def more_than_can_be_hedged():
    world = ready()
    world.policy(unhedged_max=0, overlay_enabled=False)
    return world, intent(lots=1)


@denies("EN111", "net_position_max", "0.99", "1.00", "WETH")
def too_large_a_position():
    world = ready()
    world.policy(net_position_lots_max=99)
    return world, hedge(100)


@denies("EN112", "open_orders_max", "1", "2", "1")
def too_many_open():
    world = ready()
    world.policy(open_orders_max=1)
    world.observe(OrderAsked(intent("T0", lots=1), "customer:c1"))
    return world, intent("T1", lots=1)


@denies("EN113", "funds", "1000.00", "1500.00", "USDC")
def too_little_money():
    return ready(funds_cash=1_000), intent(lots=100, price=150_000)


@denies("EN114", "gross_exposure_max", "7400.00", "7500.00", "USDC")
def too_much_exposure():
    return traded(gross_notional_max=7_400 * 10**6), intent("T2", lots=100)


@denies("EN115", "loss_max", "100.00", "197.00", "USDC")
def too_large_a_loss():
    world = traded(event_loss_max=100 * 10**6)
    world.publish("a", 155_000)
    return world, intent("T2", lots=1)


@denies("EN116", "event_spend_max", "1.00", "5.499", "USDC")
def too_much_spent():
    return ready(event_spend_max=1), hedge(100, event_id="drop")


@denies("EN117", "self_trade", "1500.50", "1500.51", "USDC")
def meets_itself():
    world = ready()
    world.observe(OrderAsked(hedge(10, "sell", price=150_050, name="S"), "rule:overlay"))
    return world, hedge(1, price=150_051)


@denies("EN118", "market_data", "10000", "20000", "ms")
def old_market_data():
    world = ready()
    world.now += 20 * SECOND
    return world, hedge(1)


@denies("EN119", "session", "09:00:00 to 17:00:00 UTC", "17:40:00", "time")
def outside_the_session():
    world = ready()
    held = world.state.rules.instruments[WETH]
    world.adopt(replace(held, opens_s=9 * 3600, closes_s=17 * 3600))
    return world, intent()


@denies("EN120", "reduce_only", "0.00", "0.01", "WETH")
def does_not_reduce():
    return ready(), hedge(1, reduce_only=True)


@denies("EN121", "trading_state", "active", "halted: person:scope", "state")
def halted():
    world = ready()
    world.observe(StateAsked(scope="node", state="halted", reason="", actor="person:p"))
    return world, intent()


@denies("EN127", "side", "buy or sell", "short", "side")
def unknown_side():
    return ready(), intent(side="short")


@denies("EN129", "policy_missing", "1", "0", "policy")
def without_a_policy():
    return World(funded=False), intent()


@denies("EN130", "fx_rate", "a rate at most 3600000 ms old", "none", "USDC/EUR")
def without_a_rate():
    world = ready()
    in_euro(world)
    world.now += 3_601 * SECOND
    world.publish("a", 150_000)
    return world, hedge(1)


@says(
    "EN140",
    "Hedges of WETH-USDC do not go out: denied by the gate, the trading state does not admit this "
    "order (trading_state). 3.00 WETH wait",
    "",
    "End that cause; the hedge goes out by itself once it passes",
)
def hedge_refused(_: Ground) -> Words:
    world = exposed()
    node_state(world)
    for _slice in range(3):
        tick(world)
    (problem,) = programmes.problems(world.state)
    return Words(problem["code"], problem["text"], "", problem["do"])


@says(
    "EN601",
    "Policy hedges, and no venue to hedge at is set up",
    "",
    "Pause, or call the desk: what is exposed is not worked off in time",
)
def exposed_without_a_venue(_: Ground) -> Words:
    """A policy with an overlay names no outside venue: what the status says of it."""
    node = Node(PaperWorld(venues=()))
    node.tick()
    problem = node.status()["problems"][0]
    return Words(problem["code"], problem["text"], "", problem["do"])


@says(
    "EN602",
    "Basis of a in WETH-USDC strains: +13.8 bp from the usual +0.3 bp, z +6.9 (stops beyond 8)",
    "",
    "Look at the venue: beyond that, new risk is stopped. edgenode help stops",
)
def strained(_: Ground) -> Words:
    """A venue's basis warns before it stops."""
    told = Watched("a")
    told.lives(4, a=PRICE + 210)
    (problem,) = stress.problems(stress.rows(told.world.state, told.world.seen))
    return Words(problem["code"], problem["text"], "", problem["do"])


@says(
    "EN603",
    "Surge of WETH-USDC, 6.0 times the usual at a/WETH-USDC, and no micro-event was declared: it "
    "spends what belongs to none",
    "",
    "If it is real: edgenode event declare NAME --ends T. Else: edgenode event close ID "
    "(detected-WETH-USDC-1658943600)",
)
def surge_undeclared(_: Ground) -> Words:
    """A detector found a surge: what the status says of it."""
    node = Node(PaperWorld())
    found = SurgeFound(
        instrument=WETH, source="a/WETH-USDC", at_ns=1_658_943_600 * SECOND, times_milli=6_000
    )
    node.world.observe(found)
    problem = next(row for row in node.status()["problems"] if row["code"] == "EN603")
    return Words(problem["code"], problem["text"], "", problem["do"])


@says(
    "EN604",
    "Friday drop may bring 400.00 WETH to hedge within the hour. permission to buy: 400.00 "
    "needed, 100.00 left WETH; permission to sell: 400.00 needed, 100.00 left WETH; cash granted: "
    "600300.00 needed, 292503.75 left USDC; spend cap of the micro-event: 640.80 needed, 250.00 "
    "left USDC",
    "",
    "Ask the desk now: edgecentral grant issue, or a policy with a larger spend cap. What this "
    "node recorded that it asks for: `requests` in the status",
)
def short_ahead(_: Ground) -> Words:
    """A micro-event may need more than grants leave: what the status says of it."""
    world, rules = begun(), begun().state.rules
    sized = size(world.state, world.seen, rules.policy, rules.instruments[WETH], 40_000, world.now)
    problem = sizing.problem(world.state, rules.instruments[WETH], sized)
    assert problem is not None, "it is short"
    return Words(problem["code"], problem["text"], "", problem["do"])
