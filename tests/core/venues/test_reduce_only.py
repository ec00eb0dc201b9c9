"""A reduce-only order at an outside venue that would open a position is asked to cancel."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reported
from edgenode.model.facts import OrderGated
from edgenode.model.ids import DESK_OVERLAY
from edgenode.model.orders import OrderState
from edgenode.model.venue import Acked, BustReport, CorrectReport
from tests.core.orders.sent import fill, say
from tests.core.orders.test_evidence import RICH
from tests.core.world import WETH, World, intent
from tests.examples import examples


def asked(world, name, lots, side="buy", **changes):
    price = 150_300 if side == "buy" else 149_700
    ask = intent(
        name, account=DESK_OVERLAY, venue="a", lots=lots, side=side, price=price, **changes
    )
    (fact, *_) = world.facts(OrderAsked(ask, "rule:overlay"))
    return fact.order_id if isinstance(fact, OrderGated) else None


def bought(lots=100):
    world = World(replace(RICH, overlay_enabled=False))
    world.publish("a", 150_000)
    order_id = asked(world, "P", lots)
    say(world, fill(order_id, "p", lots))
    return world, order_id


def bust(exec_id):
    return BustReport(
        venue="a", venue_account="desk", scope="venue", exec_id=exec_id, version=1, detail=""
    )


def asked_to_cancel(world, order_id):
    return world.state.orders.orders[order_id].cancel_sent


@pytest.mark.parametrize(("left", "cut"), [(0, 2), (40, 1), (70, 0)])
def test_what_a_position_no_longer_covers_is_canceled_the_oldest_order_stays(left, cut):
    world, order_id = bought()
    orders = [
        asked(world, f"R{n}", lots, "sell", reduce_only=True) for n, lots in ((0, 30), (1, 40))
    ]
    for one in orders:
        say(world, Acked(venue="a", order_id=one))
    right = fill(order_id, "c", left)
    say(world, CorrectReport(fill=right, refers_to="p", version=1) if left else bust("p"))
    assert [asked_to_cancel(world, one) for one in orders] == [cut > 1, cut > 0]
    world.assert_refolds()


def test_an_order_that_reduces_goes_on_reducing():
    world, _ = bought()
    order_id = asked(world, "R", 100, "sell", reduce_only=True)
    for number in range(4):
        say(world, fill(order_id, f"r{number}", 25, side="sell", price_ticks=149_900))
        assert not asked_to_cancel(world, order_id)
    assert world.state.positions.at_venue(DESK_OVERLAY, "a", WETH) == 0


STEP = st.one_of(
    st.tuples(st.just("buy"), st.integers(1, 60)),
    st.tuples(st.just("reduce"), st.integers(1, 60)),
    st.tuples(st.just("sell"), st.integers(1, 60)),
    st.tuples(st.just("fill"), st.integers(0, 5)),
    st.tuples(st.just("bust"), st.integers(0, 5)),
)


@settings(max_examples=examples(60))
@given(st.lists(STEP, max_size=10))
def test_no_reduce_only_order_works_on_that_would_open(steps):
    world, _ = bought(50)
    open_, fills = [], ["p"]
    for number, (what, n) in enumerate(steps):
        if what in {"buy", "sell", "reduce"}:
            side = "buy" if what == "buy" else "sell"
            order_id = asked(world, f"H{number}", n, side, reduce_only=what == "reduce")
            open_ += [(order_id, side, n)] if order_id else []
        elif what == "fill" and n < len(open_):
            order_id, side, lots = open_.pop(n)
            fills.append(f"x{number}")
            world.observe(Reported(fill(order_id, fills[-1], lots, side=side)))
        elif what == "bust" and n < len(fills):
            world.observe(Reported(bust(fills.pop(n))))
        held = world.state.positions.at_venue(DESK_OVERLAY, "a", WETH)
        works = [
            order.remaining_lots
            for order in world.state.orders.at_venues()
            if order.gated.reduce_only and not order.cancel_sent
            and order.state is not OrderState.DONE
        ]  # fmt: skip
        assert not works or sum(works) <= max(0, held), held
