"""While a cause lets only what reduces risk pass: hedges, and changes of an order to less."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import AmendAsked, CancelAsked, OrderAsked, Tick
from edgenode.core.risk.room import reducing, without_quote
from edgenode.model.facts import AmendDenied, OrderAmended, OrderDone, OrderGated
from tests.core.gate.orders import codes, hedge, names, ready
from tests.core.world import SECOND, WETH, intent

SCOPES = ("node", "venue:a", f"instrument:{WETH}", "event:none", "account:desk:overlay")


def short(**figures):
    """Return a desk that quotes 5.00 a side and is 4.00 short."""
    world = ready(quote_size_lots=500, **figures)
    world.observe(Tick())
    world.observe(OrderAsked(intent("T1", price=151_000, lots=400), "c"))
    assert world.exposure().agreed == -400
    return world


@pytest.mark.parametrize("scope", SCOPES)
def test_our_own_quotes_do_not_count_against_the_hedge_that_a_restriction_wants(scope):
    world = short()
    world.restrict(scope, "reducing")
    assert codes(world, hedge(400)) == []
    assert codes(world, hedge(401)) == ["EN121"], "a change of sign does not reduce"
    assert codes(world, hedge(1, "sell", price=149_900)) == ["EN121"]
    world.restrict(scope, "halted")
    assert codes(world, hedge(400)) == ["EN121"]


def test_a_quote_of_the_reducing_side_alone_is_no_reason_either():
    world = short(overlay_enabled=False)
    world.restrict("node", "reducing")
    world.now += SECOND
    world.publish("a", 150_000)
    world.observe(Tick())
    assert world.state.orders.quote_lots(WETH) == (400, 0)
    assert codes(world, hedge(400)) == []


def test_what_others_may_still_execute_counts_as_before():
    world = short()
    world.restrict("node", "reducing")
    assert isinstance(world.facts(OrderAsked(hedge(300, time_in_force="ioc"), "x"))[0], OrderGated)
    assert codes(world, hedge(100, name="H2")) == []
    assert codes(world, hedge(101, name="H2")) == ["EN121"]


def resting(world, side="buy", price=149_000):
    ask = intent("R", side=side, lots=200, price=price)
    return world.facts(OrderAsked(ask, "c"))[0].order_id


def amended(world, order_id, lots, price, name="A"):
    asked = AmendAsked(
        order_id=order_id, client_order_id=name, quantity_lots=lots, price_ticks=price, actor="c"
    )
    return world.facts(asked)[0]


@pytest.mark.parametrize(("side", "price", "better"), [
    ("buy", 149_000, 148_990), ("sell", 151_000, 151_010),
])  # fmt: skip
def test_an_order_may_be_amended_to_less_and_to_nothing_else(side, price, better):
    world = ready()
    order_id = resting(world, side, price)
    world.restrict("node", "reducing")
    assert isinstance(amended(world, order_id, 201, price, "MORE"), AmendDenied)
    nearer = 2 * price - better
    assert isinstance(amended(world, order_id, 100, nearer, "NEARER"), AmendDenied)
    assert isinstance(amended(world, order_id, 150, price, "LESS"), OrderAmended)
    assert isinstance(amended(world, order_id, 100, better, "FURTHER"), OrderAmended)
    world.restrict("node", "halted")
    assert isinstance(amended(world, order_id, 50, price, "HALTED"), AmendDenied)
    (done, *_) = world.facts(CancelAsked(order_id, "c"))
    assert isinstance(done, OrderDone), "a cancel always passes"
    world.assert_refolds()


def test_without_a_reference_or_an_unexpired_grant_less_is_still_less():
    world = ready(static_reference_ticks=None)
    order_id = resting(world)
    world.now += 366 * 86_400 * SECOND
    assert isinstance(amended(world, order_id, 150, 149_000), OrderAmended)


def test_while_the_clock_is_behind_less_is_still_less():
    world = ready()
    order_id = resting(world)
    world.now -= 10 * SECOND
    world.publish("a", 150_000)
    assert isinstance(amended(world, order_id, 201, 149_000, "MORE"), AmendDenied)
    assert isinstance(amended(world, order_id, 150, 149_000, "LESS"), OrderAmended)


trades = st.lists(
    st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 500), st.booleans()), max_size=6
)


@settings(max_examples=60)
@given(trades, st.booleans(), st.sampled_from(["node", f"instrument:{WETH}"]), st.data())
def test_what_the_desk_quotes_as_reducing_can_be_taken_and_no_lot_more(run, overlay, scope, data):
    """A quote that an order takes is no further risk beside it."""
    world = ready(quote_size_lots=500, overlay_enabled=overlay)
    world.observe(Tick())
    for number, (side, lots, later) in enumerate(run):
        price = 155_000 if side == "buy" else 145_000
        ask = intent(f"T{number}", side=side, lots=lots, price=price, time_in_force="ioc")
        world.observe(OrderAsked(ask, "c"))
        world.now += SECOND * (30 if later else 0)
        world.publish("a", 150_000)
        world.observe(Tick())
    world.restrict(scope, "reducing")
    world.publish("a", 150_000)
    world.observe(Tick())
    bid, offer = world.state.orders.quote_lots(WETH)
    for side, quoted, price in (("sell", bid, 149_000), ("buy", offer, 151_000)):
        if not quoted:
            continue
        lots = data.draw(st.integers(1, quoted))
        ask = intent("T", side=side, lots=lots, price=price, time_in_force="ioc")
        found = names(world, ask)
        assert not {"trading_state", "hedge_room"} & set(found), (side, lots, quoted)
        most = reducing(without_quote(world.state, WETH).net, "buy" if side == "sell" else "sell")
        more = intent("T", side=side, lots=most + 1, price=price, time_in_force="ioc")
        assert "trading_state" in names(world, more)
