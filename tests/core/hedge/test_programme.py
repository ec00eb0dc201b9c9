"""The programme decides: what is sent, what is carried, and that no lot is lost."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.hedge import band
from edgenode.core.hedge.children import Sender
from edgenode.core.hedge.programme import follows, within
from edgenode.core.observations import (
    HedgeDue,
    OrderAsked,
    PauseAsked,
    Reported,
    Started,
    StateAsked,
    Tick,
)
from edgenode.core.state import snapshot
from edgenode.core.state.digest import digest
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import (
    HedgeProgramme,
    Mandate,
    OrderDenied,
    OrderGated,
)
from edgenode.model.venue import FillReport, Finished, NotAnswered, NotKnown
from tests.core.hedge.laws import assert_programmes
from tests.core.world import LEDGER, SECOND, START, WETH, World, intent

SLICE = 30 * SECOND


def exposed(lots=400):
    """A desk that is short `lots` to its customers."""
    world = World()
    publish(world)
    world.observe(Tick())
    world.observe(OrderAsked(intent(price=151_000, lots=lots), "customer:c1"))
    assert world.exposure().agreed == -lots
    return world


def publish(world):
    world.publish("a", 150_000)
    world.publish("b", 150_000)


def tick(world, seconds=30):
    world.now += seconds * SECOND
    publish(world)
    facts = world.facts(Tick())
    return (
        [f for f in facts if isinstance(f, HedgeProgramme)],
        orders_of(facts),
    )


def orders_of(facts):
    return [f for f in facts if isinstance(f, OrderGated) and f.account == "desk:overlay"]


def programme(world):
    return world.state.programmes.of(WETH)


def ended(world, order, reason="canceled", cum=0):
    said = Finished(venue=order.venue, order_id=order.order_id, reason=reason, cum_lots=cum)
    return world.facts(Reported(said))


def causes(facts):
    return [r.name for f in facts if isinstance(f, OrderDenied) for r in f.reasons]


def settle(world, orders):
    """Let the venues fill each hedge at its limit."""
    for order in orders:
        world.observe(
            Reported(
                FillReport(
                    venue=order.venue, venue_account="desk", scope="venue",
                    exec_id=f"x-{order.order_id}", order_id=order.order_id, instrument=WETH,
                    side=order.side, quantity_lots=order.quantity_lots, price_ticks=150_000,
                    fee_minor=0, fee_currency="USDC", venue_time_ns=world.now,
                )
            )
        )  # fmt: skip


def test_the_change_is_spread_and_ends_at_the_edge_of_the_band():
    world = exposed()
    for _ in range(25):
        _, orders = tick(world)
        settle(world, orders)
    assert world.exposure().overlay_agreed == 300  # 400 less the band of 100
    assert tick(world) == ([], [])  # nothing to say, nothing to do
    world.assert_refolds()


def test_within_the_band_nothing_is_traded():
    world = exposed(100)
    _, orders = tick(world)
    assert orders == []


def test_once_per_slice_however_often_the_clock_ticks():
    world = exposed()
    plans, _ = tick(world)
    assert len(plans) == 1
    assert tick(world, 1) == ([], [])


def test_the_mandate_counts_before_it_is_worked():
    world = exposed()
    world.adopt(
        Mandate(at_ns=START, instrument=WETH, quantity_lots=300, version=1, valid_until=START + 1)
    )
    assert world.exposure().target == 100
    _, orders = tick(world)
    assert orders == []  # what is left lies within the band


def test_an_unknown_order_is_counted_at_its_worst_before_more_is_sent():
    world = exposed()
    sent = 0
    for _ in range(30):  # no venue ever answers
        _, orders = tick(world)
        sent += sum(o.quantity_lots for o in orders)
    assert sent <= 400  # never more than the whole target, though nothing is booked
    assert world.exposure().overlay.high <= 400


def test_hedges_go_on_in_a_pause_and_stop_where_it_says_so():
    world = exposed()
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert tick(world)[1]
    world.observe(PauseAsked(paused=True, hedges=True, reason="", actor="person:p"))
    assert not tick(world)[1]


def test_a_stale_venue_gets_no_leg():
    world = exposed()
    world.now += SLICE
    world.publish("a", 150_000)
    world.publish("b", 150_000, late_s=46)
    legs = [f for f in world.facts(Tick()) if isinstance(f, OrderGated)]
    assert {leg.venue for leg in legs} == {"a"}


def test_a_slice_that_was_not_filled_is_planned_again():
    world = exposed()
    _, orders = tick(world)
    for order in orders:
        world.observe(
            Reported(
                Finished(venue=order.venue, order_id=order.order_id, reason="canceled", cum_lots=0)
            )
        )
    plans, _ = tick(world)
    assert sum(plans[0].slots) > 0
    assert world.exposure().overlay_agreed == 0


def test_what_is_below_the_smallest_order_is_carried_until_the_sum_reaches_it():
    world = exposed()
    world.adopt(replace(world.state.rules.instruments[WETH], quantity_lots_min=50))
    sent = []
    for _ in range(25):
        _, orders = tick(world)
        sent += [order.quantity_lots for order in orders]
        settle(world, orders)
        assert_programmes(world.state)
    assert sent[0] == 60  # four slices of 15
    assert min(sent) >= 50
    assert sum(sent) == 300
    assert programme(world).remaining == 0


def test_a_rest_below_the_smallest_order_trades_with_the_next_need():
    world = exposed()
    world.adopt(replace(world.state.rules.instruments[WETH], quantity_lots_min=100))
    for _ in range(25):
        settle(world, tick(world)[1])
    assert (world.exposure().overlay_agreed, programme(world).carried) == (210, 90)
    world.observe(OrderAsked(intent("T2", price=151_000, lots=120), "customer:c1"))
    assert world.exposure().agreed == -520
    for _ in range(25):
        settle(world, tick(world)[1])
        assert_programmes(world.state)
    assert (world.exposure().overlay_agreed, programme(world).remaining) == (414, 6)


def test_an_order_as_small_as_the_venue_takes_passes_the_slices_cap():
    world = exposed()
    world.policy(slice_lots_max=20, horizon_s=30)
    world.adopt(replace(world.state.rules.instruments[WETH], quantity_lots_min=50))
    assert [o.quantity_lots for o in tick(world)[1]] == [50]


def test_a_slice_that_found_no_venue_is_carried_and_goes_out_when_one_is_back():
    world = exposed()
    world.books.clear()
    for _ in range(3):
        world.now += SLICE
        assert orders_of(world.facts(Tick())) == []
    assert programme(world).reason == "no venue with a fresh book is left in this slice"
    assert programme(world).carried == 45
    _, orders = tick(world)
    assert sum(order.quantity_lots for order in orders) == 60
    assert_programmes(world.state)


def test_a_drill_that_repeats_its_time_hedges_as_the_first_time():
    world = exposed()
    sent = []
    for boot_tag in (2, 3):
        world.now = START + SECOND
        world.observe(Started(boot_tag=boot_tag, version="0", mode="paper"))
        for _ in range(5):
            _, orders = tick(world)
            sent += [order.client_order_id for order in orders]
            for order in orders:
                ended(world, order)
    assert len(sent) >= 10
    assert len(set(sent)) == len(sent)
    assert causes(r.fact for r in world.recorded) == []


def test_after_a_restart_an_order_that_was_out_is_not_sent_again():
    world = exposed()
    world.policy(horizon_s=30)
    _, orders = tick(world)
    assert sum(o.quantity_lots for o in orders) == 300
    loaded = snapshot.load(LEDGER, snapshot.dump(world.state))
    assert digest(loaded) == digest(world.state)
    world.state = loaded
    world.observe(Started(boot_tag=2, version="0", mode="paper"))
    for _ in range(3):
        assert tick(world)[1] == []
    for order in orders:  # the venues never got them
        world.observe(Reported(NotKnown(venue=order.venue, order_id=order.order_id)))
        world.now += 10 * SECOND
        publish(world)
        world.observe(Reported(NotKnown(venue=order.venue, order_id=order.order_id)))
    assert programme(world).carried == 300
    assert sum(o.quantity_lots for o in tick(world)[1]) == 300
    world.assert_refolds()


def test_a_rejected_child_goes_to_another_venue_in_the_same_step():
    world = exposed()
    (order,) = tick(world)[1]
    facts = ended(world, order, "rejected")
    (again,) = orders_of(facts)
    assert (again.quantity_lots, again.venue != order.venue) == (order.quantity_lots, True)
    facts = ended(world, again, "rejected")
    assert orders_of(facts) == []  # every venue was tried in this slice
    assert programme(world).reason == "denied: rejected by a, rejected by b"
    assert programme(world).carried == order.quantity_lots
    assert_programmes(world.state)
    assert tick(world)[1]  # and are tried again in the next


def node_state(world, state="halted"):
    world.observe(StateAsked(scope="node", state=state, reason="", actor="person:p"))


def test_two_denials_for_one_cause_are_an_alarm_until_a_child_passes():
    world = exposed()
    node_state(world)
    said = []
    for _ in range(6):
        world.now += SLICE
        publish(world)
        facts = world.facts(Tick())
        said += causes(facts)
        assert_programmes(world.state)
    assert said == ["trading_state"] * 2  # then it waits until it would pass
    ((cause, refusal),) = programme(world).alarms
    assert (cause, refusal.times) == ("EN121 trading_state", 2)
    assert programme(world).reason.endswith("EN121 trading_state")
    node_state(world, "active")
    assert sum(o.quantity_lots for o in tick(world)[1]) == 7 * 15  # all that was carried
    assert programme(world).alarms == []
    world.assert_refolds()


def test_a_denial_of_one_venue_is_tried_at_another_and_is_no_alarm():
    world = exposed()
    world.observe(StateAsked(scope="venue:a", state="halted", reason="", actor="person:p"))
    for _ in range(3):
        _, orders = tick(world)
        assert {order.venue for order in orders} == {"b"}
        settle(world, orders)
    assert programme(world).alarms == []


def test_without_an_overlay_what_waits_is_given_up_and_what_is_held_stays():
    world = exposed()
    settle(world, tick(world)[1])
    world.policy(overlay_enabled=False)
    (decided,), orders = tick(world)
    assert (decided.target_lots, decided.slots, orders) == (15, (), [])
    assert decided.reason == "no overlay by policy"
    assert tick(world) == ([], [])
    world.policy(overlay_enabled=True)
    assert tick(world)[1]
    assert_programmes(world.state)


def test_rejections_are_forgotten_once_nothing_is_left_to_do():
    world = exposed()
    world.policy(horizon_s=30)
    for order in tick(world)[1]:
        if order.venue == "a":
            settle(world, orders_of(ended(world, order, "rejected")))
        else:
            settle(world, [order])
    assert programme(world).remaining == 0
    assert programme(world).refusals == []


def test_an_outcome_is_looked_at_in_the_step_that_brings_it():
    world = exposed()
    _, orders = tick(world)
    node_state(world)
    denied = OrderAsked(intent("X", account="desk:overlay", venue="a", price=150_100), "p")
    (fact, *_) = world.facts(denied)
    assert follows(world.state, fact) == (HedgeDue(WETH),)
    assert follows(world.state, orders[0]) == ()


ENDS = ("filled", "part", "canceled", "rejected", "unknown", "silent")


@settings(max_examples=30)
@given(
    st.integers(1, 120),
    st.lists(
        st.tuples(
            st.integers(-150, 150), st.sampled_from(ENDS), st.sampled_from(["", "a", "b", "ab"]),
            st.booleans(),
        ),
        min_size=1, max_size=15,
    ),
)  # fmt: skip
def test_no_lot_is_lost_and_willing_venues_end_it(least, story):
    """Whatever venues do, all lots are counted; once venues are willing, the lots trade."""
    world = World(PaperWorld(quote_size_lots=5_000, venues=("a", "b"), event_spend_max=10**6,
                             cost_limit=10**6, funds_lots=10**6, position_lots=10**6))  # fmt: skip
    world.policy(horizon_s=120, quote_skew_ppm=0)
    world.adopt(replace(world.state.rules.instruments[WETH], quantity_lots_min=least))
    publish(world)
    world.observe(Tick())
    out = []
    for number, (lots, how, fresh, restart) in enumerate(story):
        if abs(lots) >= least:
            side = "buy" if lots > 0 else "sell"
            ask = intent(f"C{number}", side=side, lots=abs(lots), time_in_force="ioc",
                         price=152_000 if side == "buy" else 148_000)  # fmt: skip
            world.observe(OrderAsked(ask, "customer:c1"))
        world.now += SLICE
        for venue in fresh:
            world.publish(venue, 150_000)
        orders = orders_of(world.facts(Tick()))
        assert all(order.quantity_lots >= least for order in orders)
        out += orders
        for order in orders:
            treated(world, order, how)
            assert_programmes(world.state)
        if restart:
            world.observe(Started(boot_tag=number + 2, version="0", mode="paper"))
    for order in out:  # what was silent turns out not to have executed
        ended(world, order, cum=filled(world, order))
    for _ in range(12):
        settle(world, tick(world)[1])
        assert_programmes(world.state)
    assert abs(programme(world).remaining) < least
    assert programme(world).working == 0
    exposure = world.exposure()
    assert abs(exposure.target - exposure.overlay_agreed) < 100 + least
    world.assert_refolds()


def treated(world, order, how):
    if how in {"filled", "part"}:
        part = order.quantity_lots if how == "filled" else max(1, order.quantity_lots // 2)
        settle(world, [replace(order, quantity_lots=part)])
        if how == "part":
            ended(world, order, cum=part)
    elif how in {"canceled", "rejected"}:
        for again in orders_of(ended(world, order, how)):
            ended(world, again, "canceled")
    elif how == "unknown":
        said = NotAnswered(venue=order.venue, order_id=order.order_id, detail="")
        world.observe(Reported(said))


def filled(world, order):
    held = world.state.orders.orders.get(order.order_id)
    return held.filled_lots if held else 0


@pytest.mark.parametrize(
    ("wanted", "allowed", "cut"),
    [(10, 4, 4), (4, 10, 4), (10, -4, 0), (-10, -4, -4), (-4, -10, -4), (-4, 4, 0), (0, 5, 0)],
)
def test_a_change_is_cut_to_what_the_worst_case_allows(wanted, allowed, cut):
    assert within(wanted, allowed) == cut


@pytest.mark.skipif(band.__file__.endswith(".so"), reason="compiled: nothing is replaced")
def test_a_tick_with_nothing_to_hedge_looks_at_no_venue(monkeypatch):
    world, looked = World(), []
    publish(world)
    monkeypatch.setattr(Sender, "books", lambda *of: looked.append(of) or ())
    for _ in range(3):
        world.now += SLICE
        publish(world)
        world.observe(Tick())
    assert not looked
    world.observe(OrderAsked(intent(price=151_000, lots=400), "customer:c1"))
    world.now += SLICE
    publish(world)
    world.observe(Tick())
    assert looked
