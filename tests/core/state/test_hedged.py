"""How hedges went is kept as integers, of the newest ones, and a fold finds the same."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Tick
from edgenode.core.state.hedged import (
    COST_MAX,
    KEPT,
    VENUES_MAX,
    Hedged,
    HedgeKey,
    Went,
)
from edgenode.core.state.order import Order
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import FillRecorded, OrderDone, OrderGated
from tests.core.hedge.test_programme import orders_of, publish, settle
from tests.core.restrictions.test_stress import PRICE, Watched
from tests.core.world import SECOND, WETH, World, intent


def hedge_world():
    """Return a world that hedges all of what is exposed, at venue `a` alone."""
    told = Watched("a")
    told.world.policy(band_lots=0)
    return told


def gated(told, lots=400):
    """Let exposure arise, and return the first hedge of it that the gate let through."""
    world = told.world
    world.observe(OrderAsked(intent("T0", lots=lots, price=PRICE + 900), "p"))
    for _ in range(15):
        told.lives(1)
        for recorded in reversed(world.recorded):
            fact = recorded.fact
            if isinstance(fact, OrderGated) and fact.account == "desk:overlay":
                return fact
    raise AssertionError("no hedge went out")


def order_of(told):
    return Order(gated(told), 1)


def fill(order, lots, price):
    made = object.__new__(FillRecorded)
    for name, value in {
        "order_id": order.gated.order_id, "quantity_lots": lots, "price_ticks": price,
        "venue": order.gated.venue, "instrument": order.gated.instrument,
        "side": order.gated.side,
    }.items():  # fmt: skip
        object.__setattr__(made, name, value)
    return made


def done(order, reason="filled", lots=10, again=0):
    return OrderDone(
        at_ns=1, order_id=order.gated.order_id, reason=reason, filled_lots=lots, again=again
    )


@pytest.fixture(scope="module")
def order():
    return order_of(hedge_world())


def went(part, order):
    return part.went[HedgeKey(order.gated.venue, order.gated.instrument)].newest


def test_a_hedge_costs_what_it_executed_beyond_the_reference_of_its_gate(order):
    part, reference = Hedged(), order.gated.saw.reference_ticks
    assert order.gated.side == "buy"
    part.filled(fill(order, 6, reference + 100), order)
    part.filled(fill(order, 4, reference + 200), order)
    part.done(done(order), order)
    (row,) = went(part, order)
    lots, worth = 10, 10 * reference + 1_400
    assert row == Went(
        order.gated.at_ns, reference, order.gated.quantity_lots, 10, 140 * 10**6 // reference,
        order_id=order.gated.order_id, lots=lots, worth=worth,
    )  # fmt: skip
    assert not part.paid


def test_a_fill_that_is_taken_back_counts_no_more(order):
    part, reference = Hedged(), order.gated.saw.reference_ticks
    part.filled(fill(order, 5, reference + 10), order)
    part.filled(fill(order, 5, reference + 10**6), order)
    part.filled(fill(order, 5, reference + 10**6), order, times=-1)
    part.done(done(order, lots=5), order)
    assert went(part, order)[0].cost_ppm == 10 * 10**6 // reference


@pytest.mark.parametrize(
    ("reason", "again", "ours", "kept"),
    [
        ("filled", 0, False, True),
        ("expired", 0, False, True),
        ("rejected", 0, False, True),
        ("never_received", 0, False, True),
        ("canceled", 0, False, True),
        ("canceled", 0, True, False),
        ("never_sent", 0, False, False),
        ("decided", 0, False, False),
        ("filled", 1, False, False),
    ],
)
def test_only_what_the_venue_did_is_kept(order, reason, again, ours, kept):
    part, asked = Hedged(), replace(order, cancel_sent=ours)
    part.done(done(order, reason, again=again), asked)
    assert bool(part.went) == kept


@pytest.mark.parametrize("changes", [{"account": "desk:book"}, {"venue": "local"}])
def test_what_is_no_hedge_at_an_outside_venue_is_not_kept(order, changes):
    part, other = Hedged(), Order(replace(order.gated, **changes), 1)
    part.filled(fill(order, 5, 1), other)
    part.done(done(order), other)
    assert not part.went
    assert not part.paid


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(1, 2**53)), max_size=20))
@settings(deadline=None)
def test_whatever_is_told_a_cost_is_bounded_or_none(fills):
    order = ORDER
    part = Hedged()
    for lots, price in fills:
        part.filled(fill(order, lots, price), order)
    part.done(done(order), order)
    (row,) = went(part, order)
    assert row.cost_ppm is None or abs(row.cost_ppm) <= COST_MAX


ORDER = order_of(hedge_world())


def test_rows_and_venues_are_bounded_and_the_newest_are_kept(order):
    part = Hedged()
    for number in range(KEPT + 7):
        part.done(done(order, lots=number), order)
    assert [row.filled_lots for row in went(part, order)] == list(range(7, KEPT + 7))
    for number in range(VENUES_MAX):
        other = Order(replace(order.gated, venue=f"v{number}"), 1)
        part.done(done(order), other)
    assert len(part.went) == VENUES_MAX
    assert HedgeKey(order.gated.venue, WETH) not in part.went


def test_a_life_keeps_its_hedges_and_a_fold_finds_the_same():
    world = World(PaperWorld(quote_size_lots=500, venues=("a", "b")))
    for number in range(3):
        publish(world)
        world.now += 60 * SECOND
        publish(world)
        orders = orders_of(world.facts(Tick()))
        settle(world, orders)
        if number == 0:
            asked = intent("T0", lots=400, price=151_000)
            world.observe(OrderAsked(asked, "p"))
    rows = [row for held in world.state.hedged.went.values() for row in held.newest]
    assert rows
    assert all(row.filled_lots == row.ordered_lots for row in rows)
    assert all(row.cost_ppm is not None for row in rows)
    assert not world.state.hedged.paid
    world.assert_refolds()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("fill", "bust", "end", "reopened")),
        st.integers(1, 9),
        st.integers(-900, 900),
    ),
    max_size=12,
)


@settings(max_examples=100, deadline=None)
@given(steps=STEPS)
def test_what_a_hedge_cost_is_what_is_booked_of_it_whenever_that_is_told(order, steps):
    part, reference = Hedged(), order.gated.saw.reference_ticks
    booked, now = [], order
    for what, lots, away in (*steps, ("end", 1, 0)):
        if what == "fill":
            booked.append(fill(order, lots, reference + away))
            part.filled(booked[-1], now)
        elif what == "bust" and booked:
            part.filled(booked.pop(lots % len(booked)), now, times=-1)
        elif what == "end" and now.done_reason is None:
            part.done(done(order, again=now.ended), now)
            now = replace(now, done_reason="filled")
        elif what == "reopened" and now.done_reason is not None:
            now = replace(now, done_reason=None, ended=now.ended + 1)
    (row,) = went(part, order)
    executed = sum(one.quantity_lots for one in booked)
    beyond = sum(one.quantity_lots * (one.price_ticks - reference) for one in booked)
    assert (row.lots, row.worth) == (executed, reference * executed + beyond)
    assert row.cost_ppm == (beyond * 10**6 // (reference * executed) if executed else None)
    assert not part.paid
