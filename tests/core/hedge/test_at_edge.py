"""A programme with risk aversion: at once to the edge, in the step that books the fill."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.estimate.market import MINUTE_NS, Estimates
from edgenode.core.hedge.band import band_of
from edgenode.core.hedge.overlay import AT_ONCE, TWAP
from edgenode.core.observations import OrderAsked, Tick
from edgenode.core.state.digest import digest
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import HedgeProgramme, Mandate, OrderDenied
from tests.core.hedge.laws import assert_programmes
from tests.core.hedge.test_programme import ended, orders_of, programme, publish, settle
from tests.core.world import SECOND, WETH, World, intent

GAMMA_PPM = 10_000  # 0.01 a USDC
FIGURES_SLICE, STEP_MAX = 300, 60
FIGURES = PaperWorld(
    quote_size_lots=500, venues=("a", "b"), risk_aversion_ppm=GAMMA_PPM, horizon_s=300, slice_s=5,
    event_spend_max=100_000, cost_limit=100_000,
)  # fmt: skip


def moved(figures=FIGURES, *, linked=False, bp=25):
    """A world whose price moved so many bp in each of the last minutes."""
    estimates = Estimates(linked=linked)
    world = World(figures)
    for back in range(30, 0, -1):
        mid = 1_500 * (1 + (back % 2) * bp / 10_000)
        estimates.saw(WETH, world.now - back * MINUTE_NS, mid)
    world.seen = replace(world.seen, estimates=estimates)
    publish(world)
    world.observe(Tick())
    return world


def sold(world, lots, side="buy"):
    """Let a customer buy so much from the desk, at once; returns the facts of that step."""
    publish(world)
    price = 151_000 if side == "buy" else 149_000
    asked = intent(f"c-{len(world.recorded)}", side=side, price=price, lots=lots)
    return world.facts(OrderAsked(asked, "customer:c1"))


def signed(orders):
    return sum(o.quantity_lots if o.side == "buy" else -o.quantity_lots for o in orders)


def looked(world, seconds=5):
    world.now += seconds * SECOND
    publish(world)
    return world.facts(Tick())


def newest(world):
    return programme(world).newest


def test_the_first_slice_goes_out_in_the_step_that_books_the_fill():
    world = moved()
    facts = sold(world, 500)
    assert world.exposure().agreed == -500
    decided = newest(world)
    assert decided.proposed.policy == AT_ONCE
    assert decided.target_lots == 500 - decided.band_lots
    assert signed(orders_of(facts)) == 300  # the slice's cap
    assert (decided.share_ppm, decided.hurdle_lots) == (0, 0)  # core takes nothing


def test_the_rest_follows_to_the_edge_and_then_nothing_more():
    world = moved()
    settle(world, orders_of(sold(world, 500)))
    settle(world, orders_of(looked(world)))
    net = world.exposure().net_agreed
    assert -net == newest(world).band_lots == band_of(world.state, WETH)
    count = len(world.recorded)
    for _ in range(5):
        assert orders_of(looked(world)) == []
    assert not [r for r in world.recorded[count:] if isinstance(r.fact, HedgeProgramme)]


def test_within_the_edges_nothing_is_recorded():
    world = moved()
    facts = sold(world, 3)
    assert not [f for f in facts if isinstance(f, HedgeProgramme)]
    assert newest(world) is None


def test_a_market_that_stands_still_is_hedged_less():
    quiet, wild = moved(bp=15), moved(bp=60)
    for world in (quiet, wild):
        settle(world, orders_of(sold(world, 500)))
        looked(world)
    assert newest(quiet).band_lots > newest(wild).band_lots


def mandate(world, lots):
    held = world.state.mandates.mandates.get(WETH)
    version = held.version + 1 if held else 1
    told = Mandate(at_ns=world.now, instrument=WETH, quantity_lots=lots, version=version,
                   valid_until=world.now + 3_600 * SECOND)  # fmt: skip
    return orders_of([recorded.fact for recorded in world.adopt(told)])


def test_core_is_left_its_share_while_the_link_is_up_and_none_once_it_is_cut():
    world = moved(linked=True)
    mandate(world, 30)
    for _ in range(3):
        settle(world, orders_of(sold(world, 500)))
        settle(world, orders_of(looked(world)))
    left = -world.exposure().net_agreed
    assert left == band_of(world.state, WETH) > 0
    assert newest(world).share_ppm > 0
    world.seen.estimates.linked = False
    for _ in range(3):
        settle(world, orders_of(looked(world)))
    assert 0 < -world.exposure().net_agreed < left


def test_what_core_took_over_is_traded_back():
    world = moved(linked=True)
    mandate(world, 1)
    settle(world, orders_of(sold(world, 500)))
    held = world.exposure().overlay_agreed
    mandate(world, 500)
    settle(world, orders_of(looked(world)))
    assert 0 <= world.exposure().overlay_agreed < held


def test_a_trade_back_waits_while_only_risk_may_be_taken_off_and_is_no_alarm():
    world = moved(linked=True)
    mandate(world, 1)
    settle(world, orders_of(sold(world, 500)))
    world.restrict("node", "reducing")
    mandate(world, 250)
    facts = [f for _ in range(4) for f in looked(world)]
    assert orders_of(facts) == []
    assert [f for f in facts if isinstance(f, OrderDenied)] == []
    assert programme(world).alarms == []


def test_without_a_venues_book_the_fixed_band_holds_and_waits_for_one():
    world = moved()
    world.policy(static_reference_ticks=150_000)
    world.books.clear()
    world.observe(OrderAsked(intent(price=151_000, lots=400), "customer:c1"))
    assert newest(world).proposed.policy == TWAP
    assert programme(world).working == 0
    settle(world, orders_of(looked(world)))
    assert newest(world).proposed.policy == AT_ONCE


def test_a_market_of_which_nothing_is_known_is_no_quiet_one():
    world = moved()
    world.seen.estimates.variances.clear()
    sold(world, 400)
    assert newest(world).proposed.policy == TWAP


def test_a_rejected_child_goes_to_the_other_venue_in_the_same_step():
    world = moved()
    first, *_ = orders_of(sold(world, 150))
    again = orders_of(ended(world, first, "rejected"))
    assert again
    assert first.venue not in {order.venue for order in again}


LIFE = st.lists(
    st.one_of(
        st.tuples(st.just("sold"), st.integers(1, 500), st.sampled_from(("buy", "sell"))),
        st.tuples(st.just("core"), st.integers(-400, 400), st.none()),
        st.tuples(st.just("link"), st.booleans(), st.none()),
        st.tuples(st.just("look"), st.integers(1, 40), st.none()),
        st.tuples(st.just("reject"), st.none(), st.none()),
        st.tuples(st.just("price"), st.integers(149_000, 151_000), st.none()),
    ),
    max_size=14,
)


@pytest.mark.parametrize("fills", [True, False])
@settings(max_examples=40)
@given(life=LIFE)
def test_no_life_passes_the_bound_on_acts_and_all_of_it_folds_again(fills, life):
    world = moved(linked=True)
    for what, how, side in life:
        count, before = len(world.recorded), hedged(world)
        match what:
            case "sold":
                sent = orders_of(sold(world, how, side))
            case "core":
                sent = mandate(world, how)
                before = max(before, hedged(world))
            case "link":
                world.seen.estimates.linked = how
                sent = []
            case "price":
                world.publish("a", how)
                sent = []
            case "reject":
                held = [o.gated for o in world.state.orders.at_venues()][:1]
                sent = [o for order in held for o in orders_of(ended(world, order, "rejected"))]
            case _:
                sent = orders_of(looked(world, how))
        if sent:
            most = world.exposure().book.worst + newest(world).band_lots + FIGURES_SLICE
            assert hedged(world) <= max(before, most)
        assert len(world.recorded) - count < STEP_MAX
        assert_programmes(world.state)
        if fills:
            settle(world, sent)
            assert_programmes(world.state)
    assert digest(world.refolded()).digest == digest(world.state).digest


def hedged(world):
    """The most lots that both tiers may come to hold."""
    (low, high), core = world.exposure().overlay, world.exposure().mandate
    return max(abs(low + core), abs(high + core))
