"""A venue's count of an ended order, where it is not what is booked: lots that may be true."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgenode.core.breaks.resolving import must_be_decided
from edgenode.core.state.counted import Counted
from edgenode.model.facts import ResolutionProposed
from edgenode.model.ids import DESK_OVERLAY, NO_EVENT
from edgenode.model.orders import OrderState
from edgenode.model.venue import Finished
from tests.core.breaks.test_resolving import OVERLAY, held, ids, interval, resolve
from tests.core.orders.sent import fill, say, sent
from tests.core.world import WETH


def made(side, cum_lots):
    return Counted(DESK_OVERLAY, "a", WETH, NO_EVENT, side, 100, (), cum_lots, 0)


@pytest.mark.parametrize(
    ("side", "cum", "booked", "open_lots", "span"),
    [
        ("buy", 9, 4, 0, (0, 5)),
        ("sell", 9, 4, 0, (-5, 0)),
        ("buy", 4, 9, 0, (-5, 0)),
        ("sell", 4, 9, 0, (0, 5)),
        ("buy", 9, 4, 3, (0, 2)),
        ("buy", 9, 4, 7, (0, 0)),
    ],
)
def test_what_differs_may_be_true_beside_what_is_open(side, cum, booked, open_lots, span):
    assert made(side, cum).span(booked, open_lots) == span


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("count"), st.integers(0, 150), st.sampled_from(("canceled", "filled"))),
        st.tuples(st.just("fill"), st.integers(1, 60)),
        st.tuples(st.just("close")),
        st.tuples(st.just("write off")),
    ),
    max_size=8,
)


@given(STEPS)
def test_the_newest_count_of_an_ended_order_is_in_the_exposure_until_it_is_explained(steps):
    world, order_id = sent()
    for number, step in enumerate(steps):
        match step:
            case ("count", cum, reason):
                say(world, Finished(venue="a", order_id=order_id, reason=reason, cum_lots=cum))
                order = world.state.orders.orders.get(order_id)
                ended = order is None or order.state is OrderState.DONE
                assert not ended or (cum != held(world)) == bool(world.state.orders.counted)
            case ("fill", lots):
                say(world, fill(order_id, f"x{number}", lots))
            case ("close",):
                world.close_orders()
            case _:
                for break_id in ids(world, "cum_quantity"):
                    resolve(world, break_id, "write_off", "ann")
                    if ids(world, "cum_quantity"):
                        resolve(world, break_id, "write_off", "bob")
                assert not world.state.orders.counted
        low, high = interval(world)
        assert low <= held(world) <= high
        for count in world.state.orders.counted.values():
            assert low <= count.cum_lots <= high
        assert bool(ids(world, "cum_quantity")) == bool(world.state.orders.counted)
        order = world.state.orders.orders.get(order_id)
        used = world.state.position_use(OVERLAY, WETH, "buy")
        assert used == high
        if not world.state.orders.counted and (order is None or not order.remaining_lots):
            assert (low, high) == (held(world), held(world))
    world.assert_refolds()


def test_much_that_is_missing_is_written_off_by_two_persons():
    world, order_id = sent()
    say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0))
    say(world, Finished(venue="a", order_id=order_id, reason="filled", cum_lots=100))
    (break_id,) = ids(world, "cum_quantity")
    assert must_be_decided(world.state, break_id)
    assert interval(world) == (0, 100)
    (proposed,) = resolve(world, break_id, "write_off")
    assert isinstance(proposed, ResolutionProposed)
    say(world, fill(order_id, lots=1))
    (proposed,) = resolve(world, break_id, "write_off", "bob")
    assert isinstance(proposed, ResolutionProposed), "ann did not know of that one"
    resolve(world, break_id, "write_off", "ann")
    assert (interval(world), world.state.orders.counted) == ((1, 1), {})


def test_the_executions_that_were_missing_explain_it():
    world, order_id = sent()
    say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=0))
    say(world, Finished(venue="a", order_id=order_id, reason="canceled", cum_lots=40))
    assert interval(world) == (0, 40)
    world.close_orders()
    assert interval(world) == (0, 40)
