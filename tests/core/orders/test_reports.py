"""Every word of a venue in every state of an order: booked once, reserved to the worst case."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reported
from edgenode.daemon.paper import PaperWorld
from edgenode.model.venue import (
    Acked,
    FillReport,
    Finished,
    LinkChanged,
    NotAnswered,
    NotKnown,
    Unreadable,
)
from tests.core.world import WETH, World, intent


def sent(lots=100):
    world = World(PaperWorld(venues=("a",)))
    world.publish("a", 150_000)
    ask = intent("H", account="desk:overlay", venue="a", lots=lots, price=150_100,
                 time_in_force="ioc")  # fmt: skip
    return world, world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id


def fill(order_id, exec_id="x1", lots=40, **changes):
    made = FillReport(
        venue="a", venue_account="desk", scope="venue", exec_id=exec_id, order_id=order_id,
        instrument=WETH, side="buy", quantity_lots=lots, price_ticks=150_050, fee_minor=100,
        fee_currency="USDC", venue_time_ns=7,
    )  # fmt: skip
    return replace(made, **changes)


def say(world, event):
    return [type(fact).__name__ for fact in world.facts(Reported(event))]


def state(world, order_id):
    return world.state.orders.orders[order_id].state


def test_an_execution_is_booked_once_however_often_it_is_reported():
    world, id_ = sent()
    assert say(world, fill(id_)) == ["FillRecorded"]
    assert say(world, fill(id_)) == []
    assert world.exposure().overlay_agreed == 40
    world.assert_refolds()


def test_the_same_id_with_other_content_books_what_both_agree_on_and_is_a_break():
    world, id_ = sent()
    say(world, fill(id_))
    other = fill(id_, lots=41)
    assert say(world, other) == ["FillDisputed", "BreakOpened"]
    assert say(world, other) == []
    assert world.exposure().overlay_agreed == 40
    assert world.exposure().overlay.high == 40 + 60 + 1  # booked, open, disputed
    world.assert_refolds()


def test_an_execution_of_no_order_of_ours_is_still_exposure():
    world, _ = sent()
    assert say(world, fill("SOMEONE", lots=25)) == ["FillRecorded", "BreakOpened"]
    assert world.state.positions.net("desk:suspense", WETH) == 25
    assert world.exposure().book.high == 25
    (broken,) = world.state.breaks.open.values()
    assert broken.type == "unknown_order"
    world.assert_refolds()


def test_an_execution_in_an_unknown_instrument_is_a_break():
    world, id_ = sent()
    assert say(world, fill(id_, instrument="NO-PE")) == ["BreakOpened"]


def test_what_cannot_be_read_is_one_break_of_its_venue():
    world, _ = sent()
    assert say(world, Unreadable(venue="a", detail="not JSON " * 100)) == ["BreakOpened"]
    assert say(world, Unreadable(venue="a", detail="again, otherwise")) == []
    (opened,) = world.state.breaks.open.values()
    assert (opened.type, opened.subject, len(opened.detail)) == ("venue_message", "a", 200)


def test_more_than_was_ordered_is_booked_and_a_break():
    world, id_ = sent()
    assert say(world, fill(id_, lots=130)) == ["FillRecorded", "BreakOpened", "OrderDone"]
    assert world.exposure().overlay_agreed == 130
    world.assert_refolds()


def test_the_last_lot_ends_the_order():
    world, id_ = sent()
    say(world, fill(id_, lots=40))
    assert say(world, fill(id_, "x2", lots=60)) == ["FillRecorded", "OrderDone"]
    assert state(world, id_) == "DONE"


@pytest.mark.parametrize("reason", ["filled", "canceled", "expired", "rejected"])
def test_a_late_fill_after_any_end_is_booked_and_uses_no_reservation(reason):
    world, id_ = sent()
    say(world, Finished(venue="a", order_id=id_, reason=reason, cum_lots=0))
    assert say(world, fill(id_)) == ["FillRecorded"]
    assert state(world, id_) == "DONE"
    assert world.exposure().overlay == (40, 40)
    world.assert_refolds()


def test_the_venues_count_is_a_second_witness():
    world, id_ = sent()
    finished = Finished(venue="a", order_id=id_, reason="canceled", cum_lots=40)
    assert say(world, finished) == ["OrderUnknown"]  # it executed what we have not heard of
    assert say(world, finished) == []
    assert world.exposure().overlay.high == 100  # still reserved
    say(world, fill(id_))
    assert state(world, id_) == "UNKNOWN"
    assert say(world, finished) == ["OrderDone"]
    assert world.exposure().overlay == (40, 40)


def test_a_venue_that_counts_less_than_is_booked_is_a_break():
    world, id_ = sent()
    say(world, fill(id_))
    finished = Finished(venue="a", order_id=id_, reason="canceled", cum_lots=39)
    assert say(world, finished) == ["OrderDone", "BreakOpened"]


def test_no_answer_makes_it_unknown_and_only_evidence_resolves_that():
    world, id_ = sent()
    lost = NotAnswered(venue="a", order_id=id_, detail="timeout")
    assert say(world, lost) == ["OrderUnknown"]
    assert say(world, lost) == []
    assert world.exposure().overlay.high == 100
    assert say(world, Acked(venue="a", order_id=id_)) == ["OrderWorking"]


def test_a_venue_that_does_not_know_an_order_ends_it_only_where_nothing_executed():
    world, id_ = sent()
    assert say(world, NotKnown(venue="a", order_id=id_)) == ["OrderDone"]
    world, id_ = sent()
    say(world, fill(id_))
    assert say(world, NotKnown(venue="a", order_id=id_)) == []


def test_words_about_orders_that_nobody_sent_or_that_ended_decide_nothing():
    world, id_ = sent()
    say(world, Finished(venue="a", order_id=id_, reason="canceled", cum_lots=0))
    for order_id, kind in itertools.product(("NONE", id_), (Acked, NotKnown)):
        assert say(world, kind(venue="a", order_id=order_id)) == []
    assert say(world, LinkChanged(venue="a", state="disconnected")) == []


reports = st.lists(
    st.one_of(
        st.tuples(st.just("fill"), st.integers(0, 5), st.integers(1, 60)),
        st.tuples(st.just("finished"), st.integers(0, 200), st.just(0)),
        st.tuples(st.sampled_from(["ack", "lost", "not_known"]), st.just(0), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=150)
@given(reports, st.randoms(use_true_random=False))
def test_any_evidence_in_any_order_any_number_of_times(run, random):
    """The position is that of the distinct executions; what is held is never negative."""
    world, id_ = sent()
    evidence = []
    lots_of: dict[str, int] = {}
    for what, a, b in run:
        match what:
            case "fill":
                lots = lots_of.setdefault(f"x{a}", b)
                evidence.append(fill(id_, f"x{a}", lots))
            case "finished":
                evidence.append(Finished(venue="a", order_id=id_, reason="canceled", cum_lots=a))
            case "ack":
                evidence.append(Acked(venue="a", order_id=id_))
            case "lost":
                evidence.append(NotAnswered(venue="a", order_id=id_, detail="timeout"))
            case _:
                evidence.append(NotKnown(venue="a", order_id=id_))
    evidence *= 2
    random.shuffle(evidence)
    for event in evidence:
        world.observe(Reported(event))
    assert world.exposure().overlay_agreed == sum(lots_of.values())
    assert world.state.fills.booked == len(lots_of)
    assert all(n >= 0 for n in world.state.wallet.held.values())
    assert all(a.reserved >= 0 for a in world.state.grants.accounts.values())
    world.assert_refolds()
