"""Limits see the worse end of what is in doubt: no decision makes a verdict stricter."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.breaks.executions import versions
from edgenode.core.gate.gate import judge
from edgenode.core.observations import OrderAsked
from edgenode.core.risk import doubt, gross
from edgenode.core.state.exposure import Exposure, Interval, bound, with_order
from edgenode.core.state.wallet import BalanceKey
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import OrderGated, VenueLimit
from edgenode.model.venue import Finished
from tests.core.breaks.test_resolving import resolve
from tests.core.orders.sent import fill, say
from tests.core.world import WETH, World, intent
from tests.examples import examples

RICH = {"cost_limit": 10**9, "event_spend_max": 10**9, "cash_limit": 10**9, "funds_cash": 10**9}
OVERLAY, BOOK = "desk:overlay", "desk:book"
USDC = 10**6
LOT = 15 * USDC  # what one lot is worth at the reference
LOTS = st.integers(1, 20).map(lambda n: n * 5)
SIDE = st.sampled_from(["buy", "sell"])
FIGURES = {
    "cost_limit": st.integers(2, 16), "cash_limit": st.integers(1_000, 6_000),
    "position_lots": st.integers(50, 400), "event_spend_max": st.integers(2, 16),
    "loss_max": st.integers(0, 3), "funds_cash": st.integers(1_000, 12_000),
    "funds_lots": st.integers(50, 400),
}  # fmt: skip
LIMITS = {
    "gross_notional_max": st.integers(100, 900), "event_gross_notional_max": st.integers(100, 900),
    "net_position_lots_max": st.integers(50, 500), "band_lots": st.integers(0, 200),
    "venue_gross_max": st.integers(100, 900),
}  # fmt: skip
PARTS = st.lists(st.tuples(st.integers(0, 1), LOTS), min_size=1, max_size=2)
ORDERS = st.lists(st.tuples(SIDE, LOTS, PARTS, st.integers(-4, 4)), min_size=2, max_size=4)
SIZES = (5, 40, 100, 160, 240)
ASKS = [
    (account, side, lots, reduce_only, away)
    for account, reduce_only in ((OVERLAY, False), (OVERLAY, True), (BOOK, False))
    for side, away in (("buy", 0), ("sell", 0), ("buy", 60))
    for lots in SIZES
]


def lived(binding, orders):
    """A node with hedges that ended, whose executions and counts contradict each other."""
    figures = RICH | {name: n for name, n in binding.items() if name in FIGURES}
    world = World(PaperWorld(venues=("a",), decide_alone_max=10**12, **figures))
    world.publish("a", 150_000)
    for number, (side, lots, executed, away) in enumerate(orders):
        ask = intent(f"H{number}", account=OVERLAY, venue="a", side=side, lots=lots,
                     price=150_100 if side == "buy" else 149_900, time_in_force="ioc")  # fmt: skip
        order = world.facts(OrderAsked(ask, "rule:overlay"))[0]
        if not isinstance(order, OrderGated):
            continue
        for id_, some in executed:
            report = fill(order.order_id, f"x{id_}", min(some, lots))
            say(world, replace(report, side=side, price_ticks=150_000 + 20 * away))
        held = world.state.orders.orders[order.order_id].filled_lots
        say(world, Finished(venue="a", order_id=order.order_id, reason="canceled",
                            cum_lots=max(0, min(lots, held + 5 * away))))  # fmt: skip
    held = {name: n for name, n in binding.items() if name in LIMITS}
    most = held.pop("venue_gross_max", None)
    if most is not None:
        world.adopt(VenueLimit(at_ns=world.now, venue="a", gross_notional_max=most * LOT))
    world.policy(**{n: v * (LOT if n.endswith("notional_max") else 1) for n, v in held.items()})
    world.publish("a", 150_000)
    return world


def denied(world):
    """Why the gate would deny each of some orders; what restrictions say of them is no limit."""
    found = []
    for number, (account, side, lots, reduce_only, away) in enumerate(ASKS):
        ask = intent(
            f"T{number}", account=account, venue="a", side=side, lots=lots, price=150_000 + away,
            reduce_only=reduce_only, time_in_force="ioc",
        )  # fmt: skip
        reasons = judge(world.state, world.seen, ask, world.now).reasons
        found.append({r.name for r in reasons} - {"trading_state"})
    return found


def admissible(world, break_id):
    """What people may decide of a break that its evidence says may be true."""
    told = versions(world.state, world.state.breaks.open[break_id])
    if not told:
        return [("write_off", {})]
    each = [("version", {"version": v.content_hash.hex()}) for v in told]
    several = len({v.order_id for v in told}) > 1
    return [*each, ("both", {}), ("never_happened", {})] if several else each


@pytest.mark.parametrize("name", sorted({*FIGURES, *LIMITS}))
@settings(max_examples=25, deadline=None)
@given(orders=ORDERS, random=st.randoms(use_true_random=False), data=st.data())
def test_no_decision_on_what_is_in_doubt_makes_a_limit_deny_what_it_let_pass(
    name, orders, random, data
):
    world = lived({name: data.draw((FIGURES | LIMITS)[name])}, orders)
    before = denied(world)
    for break_id in sorted(world.state.breaks.open):
        if break_id.split(":")[0] in {"fill_content", "cum_quantity"}:
            decision, more = random.choice(admissible(world, break_id))
            resolve(world, break_id, decision, **more)
            after = denied(world)
            for ask, was, now in zip(ASKS, before, after, strict=True):
                assert now <= was, (decision, ask)
    assert world.state.fills.sums == {}
    world.assert_refolds()


def reused(**figures):
    """Two hedges of 100 lots that ended, and one execution id for both: up to 200 lots."""
    world = World(PaperWorld(venues=("a",), decide_alone_max=10**12, **(RICH | figures)))
    world.publish("a", 150_000)
    asked = [
        intent(f"H{n}", account=OVERLAY, venue="a", lots=100, price=150_100, time_in_force="ioc")
        for n in range(2)
    ]
    orders = [world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id for ask in asked]
    for order_id in orders:
        say(world, fill(order_id, "x1", 100))
    for order_id in orders:
        say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0))
    return world


def used(world, kind):
    policy = world.state.rules.policy
    return doubt.used(world.state, world.seen, policy, kind, world.now)


def test_what_may_have_been_paid_is_kept_of_cash_and_cost_grants_until_it_is_decided():
    world = reused()
    grants = world.state.grants.accounts
    cash, cost = used(world, "cash"), used(world, "cost")
    spent = doubt.spent(world.state, world.seen, world.state.rules.policy, "none", world.now)
    assert (grants["cash-1"].used, cash) == (0, 200 * 150_050 * 100 + 2 * 100)
    assert spent == cost
    before = grants["cost-1"].used
    (break_id,) = (id_ for id_ in world.state.breaks.open if id_.startswith("fill_content"))
    resolve(world, break_id, "both")
    assert grants["cash-1"].used == cash
    assert before < grants["cost-1"].used <= before + cost, "with what is kept for the unwind"
    assert (used(world, "cash"), used(world, "cost")) == (0, 0)


def test_an_order_is_denied_where_what_is_in_doubt_may_have_used_the_grant():
    room = {"cash_limit": 4_506, "band_lots": 10_000}
    ask = intent("C", account=OVERLAY, venue="a", lots=290, price=150_100, time_in_force="ioc")
    world = reused(**room)
    reasons = judge(world.state, world.seen, ask, world.now).reasons
    assert [reason.name for reason in reasons] == ["grant_cash"]
    (break_id,) = (id_ for id_ in world.state.breaks.open if id_.startswith("fill_content"))
    resolve(world, break_id, "never_happened")
    assert judge(world.state, world.seen, ask, world.now).reasons == ()


def test_lots_in_doubt_count_at_their_venue_and_in_their_micro_event():
    world = reused()
    assert gross.lots_at(world.state, "a", WETH) == 200
    assert gross.event_lots(world.state, "none", WETH) == 200
    key = BalanceKey(OVERLAY, "a", "USDC")
    gone = 200 * 150_050 * 100 + 2 * 100
    assert doubt.free(world.state, key) == world.state.wallet.free(key) - gone


def test_lots_that_a_count_misses_take_what_was_reserved_for_them():
    world = World(PaperWorld(venues=("a",), **RICH))
    world.publish("a", 150_000)
    ask = intent("H", account=OVERLAY, venue="a", lots=100, price=150_100, time_in_force="ioc")
    order = world.facts(OrderAsked(ask, "rule:overlay"))[0]
    say(world, fill(order.order_id, "x1", 60))
    for cum in (60, 100):
        say(world, Finished(venue="a", order_id=order.order_id, reason="canceled", cum_lots=cum))
    rows = {row.kind: row.amount for row in order.reserved}
    assert used(world, "cash") == rows["cash"] * 40 // 100
    assert gross.lots_at(world.state, "a", WETH) == 100
    key = BalanceKey(OVERLAY, "a", "USDC")
    assert world.state.wallet.free(key) - doubt.free(world.state, key) == rows["funds"] * 40 // 100


def test_a_reduce_only_order_fits_what_is_surely_held_at_its_venue():
    world = World(PaperWorld(venues=("a",), **RICH))
    world.publish("a", 150_000)
    ask = intent("H", account=OVERLAY, venue="a", lots=100, price=150_100, time_in_force="ioc")
    order = world.facts(OrderAsked(ask, "rule:overlay"))[0]
    say(world, fill(order.order_id, "x1", 100))
    say(world, Finished(venue="a", order_id=order.order_id, reason="canceled", cum_lots=40))
    for lots, passes in ((40, True), (41, False)):
        sale = intent(
            f"S{lots}", account=OVERLAY, venue="a", side="sell", lots=lots, price=149_900,
            time_in_force="ioc", reduce_only=True,
        )  # fmt: skip
        names = {reason.name for reason in judge(world.state, world.seen, sale, world.now).reasons}
        assert ("reduce_only" not in names) is passes


SPAN = st.tuples(st.integers(-6, 0), st.integers(0, 6))
MIDDLE = st.integers(-8, 8)


@settings(max_examples=examples(300), deadline=None)
@given(SPAN, SPAN, MIDDLE, MIDDLE, st.integers(0, 5), st.tuples(SIDE, st.integers(1, 9)))
def test_a_hedge_that_one_truth_of_what_is_in_doubt_forbids_is_denied(
    of_overlay, of_book, overlay, book, limit, hedge
):
    """Law: the bound on both tiers takes the truth that leaves a hedge the least room."""
    around = [Interval(at + low, at + high) for at, (low, high) in
              ((book, of_book), (overlay, of_overlay))]  # fmt: skip
    exposure = Exposure(book, around[0], 0, overlay, around[1], of_book, of_overlay)
    side, lots = hedge
    signed = lots if side == "buy" else -lots

    def denied(hedged, exposed):
        return with_order(hedged, signed).worst > bound(hedged, exposed, limit, 0, 0)

    truths = itertools.product(range(of_overlay[0], of_overlay[1] + 1),
                               range(of_book[0], of_book[1] + 1))  # fmt: skip
    forbidden = any(
        denied(Interval(overlay + of, overlay + of), abs(book + away)) for of, away in truths
    )
    assert denied(*exposure.least_room(side, 0)) or not forbidden


def test_a_sale_brings_back_only_what_was_surely_spent():
    world = World(PaperWorld(venues=("a",), **RICH))
    world.publish("a", 150_000)
    for name, side, told in (("B", "buy", [100]), ("S", "sell", [40, 20])):
        price = 150_100 if side == "buy" else 149_900
        ask = intent(name, account=OVERLAY, venue="a", side=side, lots=100, price=price,
                     time_in_force="ioc")  # fmt: skip
        order = world.facts(OrderAsked(ask, "rule:overlay"))[0]
        for some in told:
            say(world, fill(order.order_id, name, some, side=side))
    surely = sum(amount for _, amount in doubt.claimable(world.state, "USDC", world.now))
    booked = sum(amount for _, amount in world.state.grants.claimable("USDC", world.now))
    assert booked - surely == 20 * 150_050 * 100, "40 may have been sold, 20 are booked"
