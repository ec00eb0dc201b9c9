"""Every word of a venue in every state of an order: booked once, reserved to the worst case."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import OrderAsked, Reported
from edgenode.model.venue import (
    Acked,
    BustReport,
    Finished,
    NotAnswered,
    NotKnown,
    Unreadable,
)
from tests.core.orders.sent import fill, say, sent, state
from tests.core.world import WETH, intent
from tests.examples import examples


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


@pytest.mark.parametrize("bust_first", [True, False])
def test_an_id_used_for_two_orders_is_a_break_also_where_it_was_busted(bust_first):
    """The bust meant one of them; that the other executed is not to be forgotten silently."""
    world, one = sent()
    ask = intent("H2", account="desk:overlay", venue="a", lots=50, price=150_100)
    two = world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id
    bust = BustReport(venue="a", venue_account="desk", scope="venue", exec_id="x1", version=0,
                      detail="")  # fmt: skip
    said = [bust, fill(two, lots=50)] if bust_first else [fill(two, lots=50), bust]
    for event in [fill(one), *said]:
        say(world, event)
    assert {found.type for found in world.state.breaks.open.values()} == {"fill_content"}
    assert say(world, Finished(venue="a", order_id=two, reason="filled", cum_lots=50)) == [
        "OrderUnknown"
    ]
    assert world.exposure().overlay.high >= 50  # held until somebody tells
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


@pytest.mark.parametrize("reason", ["canceled", "expired", "rejected"])
def test_a_late_fill_after_any_end_is_booked_and_uses_no_reservation(reason):
    world, id_ = sent()
    say(world, Finished(venue="a", order_id=id_, reason=reason, cum_lots=0))
    assert say(world, fill(id_))[0] == "FillRecorded"
    assert state(world, id_) == "DONE"
    assert world.exposure().overlay == (40, 40)
    world.assert_refolds()


reports = st.lists(
    st.one_of(
        st.tuples(st.just("fill"), st.integers(0, 5), st.integers(1, 60)),
        st.tuples(st.just("finished"), st.integers(0, 200), st.just(0)),
        st.tuples(st.sampled_from(["ack", "lost", "not_known"]), st.just(0), st.just(0)),
    ),
    max_size=14,
)


@settings(max_examples=examples(150))
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
