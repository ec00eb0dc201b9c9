from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import (
    CentreAllows,
    Funded,
    OrderAsked,
    PauseAsked,
    Requote,
    StateAsked,
    Tick,
)
from edgenode.daemon.paper import PaperWorld
from edgenode.model.facts import FillRecorded, OrderDone, Permission, QuotesSet
from tests.core.gate.orders import declare
from tests.core.world import CUSTOMER, SECOND, WETH, World, intent
from tests.examples import examples


def quoting(**figures):
    world = World(PaperWorld(**{"quote_size_lots": 500, "venues": ("a", "b"), **figures}))
    publish(world)
    world.observe(Tick())
    return world


def publish(world, mid=150_000):
    world.publish("a", mid)
    world.publish("b", mid)


def standing(world):
    return world.state.orders.quotes[WETH]


def sides(world):
    return [world.state.orders.open_lots("desk:book", WETH, side) for side in ("buy", "sell")]


def test_a_quote_that_would_not_change_is_not_renewed():
    world = quoting()
    assert sides(world) == [500, 500]
    assert world.facts(Requote(WETH)) == []


def test_a_moved_reference_moves_it():
    world = quoting()
    publish(world, 151_000)
    (fact,) = [f for f in world.facts(Tick()) if isinstance(f, QuotesSet)]
    assert (fact.bid_ticks, fact.ask_ticks) == (150_924, 151_076)
    assert fact.reference_ticks == 151_000


def test_no_fresh_reference_no_quote():
    world = quoting(static_reference_ticks=None)
    world.now += 11 * SECOND
    world.observe(Tick())
    assert sides(world) == [0, 0]
    assert standing(world).reason == "no fresh reference"


def test_a_pulled_quote_uses_up_its_id_and_what_the_next_one_crosses_is_not_its_fill():
    world = World(PaperWorld(quote_size_lots=50, venues=("a",), funds_lots=0))
    publish(world)
    world.observe(Tick())  # without inventory only a bid stands
    world.observe(OrderAsked(intent("R", lots=40, price=150_500), CUSTOMER))  # above the fair ask
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    pulled = standing(world)
    lots = Funded(account="desk:book", venue="local", currency=None, instrument=WETH,
                  amount=1_000, reference="")  # fmt: skip
    world.observe(lots)
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
    assert standing(world).quote_id != pulled.quote_id
    assert world.state.positions.net("desk:book", WETH) == -40  # it crossed what rested
    assert [standing(world).bid_lots, standing(world).ask_lots] == [50, 50]  # as it was set
    assert sides(world) == [50, 10]  # what its executions left
    world.observe(OrderAsked(intent("Z", lots=10, price=150_500, time_in_force="ioc"), CUSTOMER))
    assert standing(world).quote_id != pulled.quote_id
    world.assert_refolds()


def test_pause_and_halt_pull_both_sides_and_reducing_leaves_the_reducing_one():
    world = quoting()
    world.observe(PauseAsked(paused=True, hedges=False, reason="", actor="person:p"))
    assert sides(world) == [0, 0]
    world.observe(PauseAsked(paused=False, hedges=False, reason="", actor="person:p"))
    assert sides(world) == [500, 500]
    world.observe(OrderAsked(intent(price=151_000, lots=300), CUSTOMER))  # the desk is short
    world.observe(CentreAllows("reducing", "revoked"))
    assert sides(world) == [100, 0]  # of 300 short, the band: the rest is the overlay's
    world.observe(StateAsked(scope="node", state="halted", reason="", actor="person:p"))
    assert sides(world) == [0, 0]
    world.assert_refolds()


def test_a_side_is_cut_to_its_room_rather_than_pulled():
    world = quoting(position_lots=120)
    assert sides(world) == [120, 120]
    world = quoting(funds_lots=70)
    assert sides(world)[1] == 70
    world = quoting(cash_limit=1_500)
    assert sides(world)[0] == 100  # lots at 14.9925 of 1,500


NOT_PERMITTED = Permission(
    zone="z", account="customer:*", venue="*", instrument="*", opens_s=0, closes_s=86_400
)


@pytest.mark.parametrize(
    "policy",
    [
        {"restricted": (WETH,)},
        {"permissions": ()},
        {"permissions": (NOT_PERMITTED,)},
        {"venues": ("a", "b")},
        {"order_notional_max": 149_925 * 100 - 1},
        {"open_orders_max": 0},
        {"gross_notional_max": 1},
        {"event_gross_notional_max": 1},
        {"day_loss_max": -1},
    ],
    ids=str,
)
def test_a_quote_stands_only_where_an_order_of_the_desk_would(policy):
    world = quoting()
    world.policy(**policy)
    world.now += SECOND
    publish(world)
    world.observe(Tick())
    assert sides(world) == [0, 0]
    assert world.state.wallet.held == {}


@pytest.mark.parametrize(
    ("instrument", "expected"),
    [
        ({"enabled": False}, [0, 0]),
        ({"opens_s": 0, "closes_s": 1}, [0, 0]),
        ({"quantity_lots_min": 501}, [0, 0]),
        ({"notional_minor_min": 10**13}, [0, 0]),
        ({"quantity_lots_max": 60}, [60, 60]),
    ],
    ids=str,
)
def test_a_quote_keeps_its_instruments_session_and_sizes(instrument, expected):
    world = quoting()
    world.adopt(replace(world.state.rules.instruments[WETH], **instrument))
    world.observe(Tick())
    assert sides(world) == expected


def test_a_side_is_cut_to_the_largest_order():
    world = quoting()
    world.policy(order_notional_max=40 * 150_000 * 100)
    world.observe(Tick())
    assert sides(world) == [40, 32]  # an ask is judged at the collar's upper edge, 25 % higher


def test_a_side_more_aggressive_than_the_collar_is_pulled():
    world = quoting()
    world.policy(quote_skew_ppm=20_000, price_collar_ppm=19_000)
    world.observe(OrderAsked(intent(price=151_000, lots=100), CUSTOMER))  # the desk is short
    assert sides(world) == [0, 500]


def test_past_a_loss_only_the_side_that_reduces_stands():
    world = quoting()
    world.observe(OrderAsked(intent(price=151_000, lots=50), CUSTOMER))  # the desk is short
    world.policy(gross_notional_max=50 * 150_000 * 100)
    world.observe(Tick())
    assert sides(world) == [50, 0]


def test_a_bid_far_above_the_reference_is_cut_to_the_cash_that_its_own_price_needs():
    world = quoting(cash_limit=7_600)
    world.policy(quote_skew_ppm=20_000)
    world.observe(OrderAsked(intent(price=170_000, lots=500, time_in_force="ioc"), CUSTOMER))
    world.observe(Tick())
    assert standing(world).bid_ticks == 164_917
    assert sides(world)[0] == 7_600 * 10**6 // (164_917 * 100)
    cash = world.state.grants.accounts["cash-1"]
    assert cash.reserved == sides(world)[0] * 164_917 * 100 <= cash.grant.limit


def lives(world, seconds):
    """Let time pass; give the kinds of what is recorded."""
    found = Counter()
    for _ in range(seconds):
        world.now += SECOND
        publish(world)
        found.update(type(fact).__name__ for fact in world.facts(Tick()))
    return found


@pytest.mark.parametrize("why", ["reducing", "expired"])
def test_where_only_risk_may_be_reduced_the_quote_leaves_room_for_the_hedge(why):
    world = quoting()
    world.observe(OrderAsked(intent(side="sell", price=148_000, lots=400), CUSTOMER))
    if why == "reducing":
        world.observe(CentreAllows("reducing", "revoked"))
    else:
        world.now = world.state.grants.accounts["cost-1"].grant.expiry
        publish(world)
        world.observe(Tick())
    assert sides(world) == [0, 100]
    found = lives(world, 90)
    assert found["OrderGated"] >= 3
    assert found["OrderDenied"] == 0


def test_a_quote_is_of_the_micro_event_that_runs():
    world = quoting()
    declare(world, "drop")
    world.observe(Tick())
    assert standing(world).event_id == "drop"
    assert world.state.orders.quote_lots_of("drop", WETH) == 500
    assert world.state.orders.quote_lots_of("none", WETH) == 0


def test_a_desk_order_beside_the_quote_is_none_of_it():
    world = quoting()
    ask = intent("D", account="desk:book", price=140_000, lots=70)
    world.observe(OrderAsked(ask, "desk"))
    assert world.facts(Tick()) == []  # the quote stands as it is
    world.observe(OrderAsked(intent("S", side="sell", price=149_000, lots=100), CUSTOMER))
    world.observe(Tick())
    assert world.state.orders.quote_lots(WETH)[0] == 500
    assert world.state.orders.open_lots("desk:book", WETH, "buy") == 570
    held = world.state.wallet.held["desk:book", "local", "USDC"]
    assert held == 70 * 140_000 * 100 + 500 * standing(world).bid_ticks * 100
    world.assert_refolds()


def test_the_desks_own_orders_and_its_quote_never_meet():
    world = quoting()
    ask = intent("D", account="desk:book", price=150_075, lots=10)  # the quote's ask
    (denied,) = world.facts(OrderAsked(ask, "desk"))
    assert [(r.code, r.limit) for r in denied.reasons] == [("EN117", "1500.75")]
    below = replace(ask, client_order_id="E", price_ticks=150_074)
    (gated, *_) = world.facts(OrderAsked(below, "desk"))
    publish(world, 149_900)  # the quote's next ask is below that bid, which gives way
    ended = [f for f in world.facts(Tick()) if isinstance(f, OrderDone)]
    assert [(f.order_id, f.reason) for f in ended] == [(gated.order_id, "canceled")]
    assert sides(world) == [500, 500]
    world.assert_refolds()


def test_a_quote_executes_against_what_it_crosses():
    world = quoting()
    world.observe(OrderAsked(intent("A", price=149_990, lots=50), CUSTOMER))  # inside the spread
    publish(world, 149_000)  # the market falls: our ask now is below that bid
    facts = world.facts(Tick())
    fills = [f for f in facts if isinstance(f, FillRecorded)]
    assert {(f.account, f.side, f.price_ticks, f.quantity_lots) for f in fills} == {
        ("desk:book", "sell", 149_990, 50), (CUSTOMER, "buy", 149_990, 50),
    }  # fmt: skip
    assert world.exposure().agreed == -50
    world.assert_refolds()


moves = st.lists(
    st.one_of(
        st.tuples(st.just("mid"), st.integers(140_000, 160_000)),
        st.tuples(st.just("buy"), st.integers(1, 900)),
        st.tuples(st.just("sell"), st.integers(1, 900)),
        st.tuples(st.just("pause"), st.integers(0, 1)),
    ),
    max_size=15,
)


@settings(max_examples=examples(60))
@given(moves)
def test_what_a_quote_holds_is_exactly_what_stands(run):
    world = quoting()
    for index, (what, value) in enumerate(run):
        world.now += SECOND
        publish(world, value if what == "mid" else 150_000)
        if what in {"buy", "sell"}:
            price = 170_000 if what == "buy" else 130_000
            ask = intent(f"T{index}", side=what, price=price, lots=value, time_in_force="ioc")
            world.observe(OrderAsked(ask, CUSTOMER))
        elif what == "pause":
            world.observe(
                PauseAsked(paused=bool(value), hedges=False, reason="", actor="person:p")
            )
        world.observe(Tick())
        bid, ask_lots = sides(world)
        quote = standing(world)
        held = {k.asset: n for k, n in world.state.wallet.held.items() if k.account == "desk:book"}
        assert held.get(WETH, 0) == ask_lots
        assert held.get("USDC", 0) == bid * quote.bid_ticks * 100
        cash = world.state.grants.accounts["cash-1"]
        if not world.state.orders.at_venues():
            assert cash.reserved == bid * quote.bid_ticks * 100
        assert cash.reserved + cash.spent <= cash.grant.limit
    world.assert_refolds()
