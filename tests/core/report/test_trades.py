"""What was traded in a micro-event: against the reference, and as it is booked in the end."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reported, SurgeFound, Tick
from edgenode.model.facts import MicroEventOpened
from edgenode.model.venue import BustReport, CorrectReport
from tests.core.report.lived import begun, ended, folded, hedged, publish, report_of, tick
from tests.core.test_lives import Life
from tests.core.world import SECOND, WETH, World, intent


def of(world):
    return folded(world).trades.of[WETH]


def tick_lot(world):
    return world.state.rules.instruments[WETH].tick_lot_minor


def test_the_book_earns_what_customers_pay_over_the_reference():
    world = begun()
    hedged(world)
    fills = [r.fact for r in world.recorded if r.entry.kind == "FillRecorded"]
    sold = [f for f in fills if f.account == "desk:book"]
    expected = sum((f.price_ticks - 150_000) * f.quantity_lots for f in sold)
    assert of(world).spread_minor == expected * tick_lot(world) > 0


def test_hedges_lose_what_they_paid_over_the_reference_at_their_send():
    world = begun()
    orders = hedged(world)
    expected = sum((150_030 - o.saw.reference_ticks) * o.quantity_lots for o in orders)
    traded = of(world)
    assert traded.shortfall_minor == expected * tick_lot(world)
    assert traded.fees_minor == 100 * len(orders)
    assert traded.hedges_bought == sum(o.quantity_lots for o in orders)
    assert traded.without_reference_lots == 0


def test_a_better_price_is_a_gain_in_shortfall_and_none_in_cost():
    world = begun()
    world.observe(OrderAsked(intent(price=151_000, lots=400), "customer:c1"))
    orders = tick(world, 30)
    for order in orders:
        world.observe(Reported(report_of(order, price=149_900, fee=0)))
    traded = of(world)
    assert traded.shortfall_minor < 0
    assert traded.cost_minor == 0


def test_customers_volume_is_told_by_the_minute():
    world = begun()
    hedged(world, lots=300)
    hedged(world, lots=100, name="T2")
    traded = of(world)
    assert sum(bought for bought, _ in traded.by_minute.values()) == traded.customers_bought == 400
    assert traded.customers_sold == 0
    assert len(traded.by_minute) == 2


def test_a_correction_takes_the_place_of_what_it_corrects():
    world = begun()
    order = hedged(world)[0]
    before = of(world)
    fill = report_of(order, price=150_050, exec_id="c-1")
    world.observe(Reported(CorrectReport(fill=fill, refers_to=f"x-{order.order_id}", version=1)))
    fold = folded(world)
    traded = fold.trades.of[WETH]
    dearer = 20 * order.quantity_lots * tick_lot(world)
    assert traded.shortfall_minor == before.shortfall_minor + dearer
    assert traded.hedge_fills == before.hedge_fills
    assert fold.trades.changed == 1


def test_what_is_traded_behind_the_event_is_none_of_it():
    world = begun()
    hedged(world)
    before = of(world)
    ended(world)
    hedged(world, name="late")
    assert of(world) == before


LATER = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(("again", "fee", "bust", "correct"))), max_size=8
)


@settings(max_examples=40, deadline=None)
@given(LATER)
def test_what_was_traded_before_a_surge_is_none_of_it_whatever_is_told_of_it_later(later):
    world = World()
    publish(world)
    world.observe(Tick())
    old = hedged(world, name="old")
    world.observe(OrderAsked(intent("T2", price=151_000, lots=400), "customer:c1"))
    sent = tick(world, 30)
    found = SurgeFound(instrument=WETH, source="s", at_ns=world.now, times_milli=4_000)
    (opened,) = world.facts(found)
    for order in sent:
        world.observe(Reported(report_of(order)))
    for which, what in later:
        order = old[which % len(old)]
        exec_id = f"x-{order.order_id}"
        where = {"venue": order.venue, "venue_account": "desk", "scope": "venue"}
        right = report_of(order, price=150_050, exec_id=f"c-{order.order_id}")
        world.now += SECOND
        world.observe(Reported({
            "again": report_of(order), "fee": report_of(order, fee=77),
            "bust": BustReport(**where, exec_id=exec_id, version=1, detail="bust"),
            "correct": CorrectReport(fill=right, refers_to=exec_id, version=1),
        }[what]))  # fmt: skip
    trades = folded(world, opened.event_id).trades
    traded = trades.of[WETH]
    assert traded.hedges_bought == sum(order.quantity_lots for order in sent) > 0
    assert (traded.hedge_fills, traded.without_reference_lots) == (len(sent), 0)
    assert traded.shortfall_minor == tick_lot(world) * sum(
        (150_030 - order.saw.reference_ticks) * order.quantity_lots for order in sent
    )
    assert trades.changed == 0


@pytest.mark.parametrize("seed", [0, 1, 30, 45])
def test_whatever_venues_say_the_lots_told_of_each_event_are_those_that_are_booked(seed):
    life = Life(seed)
    world = life.world
    for _ in range(200):
        life.live()
    booked = Counter()
    for key, totals in world.state.positions.totals.items():
        booked[key.event_id, key.account] += totals.traded_lots
    for recorded in world.recorded:
        if isinstance(recorded.fact, MicroEventOpened):
            event_id = recorded.fact.event_id
            found = folded(world, event_id).trades.of.values()
            told = sum(one.hedges_bought - one.hedges_sold for one in found)
            assert told == booked[event_id, "desk:overlay"]
