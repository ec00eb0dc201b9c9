"""What the next hour may need is counted against what grants and caps leave, in integers."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import EventDeclared, Tick
from edgenode.core.risk import doubt
from edgenode.core.risk.sizing import size
from edgenode.model.ids import NO_EVENT
from tests.core.report.lived import begun, hedged, publish
from tests.core.test_lives import Life
from tests.core.world import SECOND, WETH, World

MINUTE = 60 * SECOND


def ready():
    world = World()
    publish(world)
    world.observe(Tick())
    return world


def sized(world, lots):
    rules = world.state.rules
    return size(world.state, world.seen, rules.policy, rules.instruments[WETH], lots, world.now)


def needs(world, lots):
    return {need.kind: need for need in sized(world, lots).needs}


def test_each_kind_of_room_is_sized():
    world = ready()
    found = needs(world, 100)
    tick_lot = world.state.rules.instruments[WETH].tick_lot_minor
    assert found["position_buy"].needed == found["position_sell"].needed == 100
    assert found["cash"].needed >= 150_000 * 100 * tick_lot
    assert found["cost"].needed == found["event_spend"].needed > 0
    assert list(found) == ["position_buy", "position_sell", "cash", "cost", "event_spend"]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_lots_never_need_less(one, more):
    world = ready()
    less, greater = needs(world, min(one, more)), needs(world, max(one, more))
    for kind, need in less.items():
        assert need.needed <= greater[kind].needed
        assert need.left == greater[kind].left
        assert need.short <= greater[kind].short


def test_nothing_to_hedge_needs_nothing():
    assert all(need.needed == need.short == 0 for need in sized(ready(), 0).needs)


def test_what_was_spent_is_not_left():
    world = begun()
    before = needs(world, 100)
    hedged(world)
    after = needs(world, 100)
    spent = world.state.limits.used("ev-1", world.now)
    assert spent > 0
    assert before["event_spend"].left - after["event_spend"].left == spent
    assert after["cost"].left < before["cost"].left
    assert after["position_buy"].left < before["position_buy"].left


def test_what_an_event_that_begins_soon_may_spend_is_a_cap_of_its_own():
    world = ready()
    hedged(world, lots=400)
    assert world.state.limits.used(NO_EVENT, world.now) > 0
    cap = world.state.rules.policy.event_spend_max
    assert needs(world, 1)["event_spend"].left < cap
    world.observe(
        EventDeclared(event_id="soon", source="declared", name="soon",
                      starts=world.now + 30 * MINUTE, ends=world.now + 90 * MINUTE, actor="p")
    )  # fmt: skip
    assert sized(world, 1).event.event_id == "soon"
    assert needs(world, 1)["event_spend"].left == cap


def test_without_a_price_or_an_overlay_nothing_is_said_and_why_is():
    world = ready()
    world.policy(static_reference_ticks=None)
    world.now += 3_600 * SECOND
    assert (sized(world, 5).needs, sized(world, 5).why) == ((), "no fresh price")
    world = ready()
    world.policy(overlay_enabled=False)
    assert sized(world, 5).why == "this node hedges nothing by itself"


def test_a_wider_market_needs_more_and_none_the_most():
    world = ready()
    narrow = needs(world, 100)["cost"].needed
    book = world.books["a", WETH]
    world.books["a", WETH] = replace(
        book, bids=tuple((p - 40, n) for p, n in book.bids),
        asks=tuple((p + 40, n) for p, n in book.asks),
    )  # fmt: skip
    wide = needs(world, 100)["cost"].needed
    for venue in "ab":
        world.books[venue, WETH] = replace(book, venue=venue, bids=())
    assert narrow < wide <= needs(world, 100)["cost"].needed


def test_an_expired_grant_leaves_nothing():
    world = ready()
    expiries = [a.grant.expiry for a in world.state.grants.accounts.values()]
    world.now = max(expiries) + SECOND
    publish(world)
    found = needs(world, 10)
    assert [found[kind].left for kind in ("cash", "cost", "position_buy")] == [0, 0, 0]


def test_a_grant_that_ends_within_the_hour_is_not_left():
    world = ready()
    expiry = min(one.grant.expiry for one in world.state.grants.accounts.values())
    world.now = expiry - 61 * MINUTE
    publish(world)
    assert all(need.left > 0 for need in sized(world, 20).needs)
    world.now += 2 * MINUTE
    publish(world)
    found = needs(world, 20)
    assert {kind for kind, need in found.items() if need.short} == set(found) - {"event_spend"}


@pytest.mark.parametrize("seed", range(12))
def test_no_more_is_left_than_the_gate_lets_orders_use(seed):
    life = Life(seed)
    world, state = life.world, life.world.state
    for _ in range(120):
        life.live()
        policy = state.rules.policy
        for kind, need in needs(world, 20).items():
            if kind in {"cash", "cost"}:
                doubted = doubt.used(state, world.seen, policy, kind, world.now)
                rows = state.grants.left(kind, policy.currency)
                assert need.left <= max(0, sum(max(0, left) for _, left in rows) - doubted)
