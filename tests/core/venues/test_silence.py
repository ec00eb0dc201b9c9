"""A silent venue leaves no order without a question, and no question without an end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgenode.core.observations import CancelAsked, OrderAsked, Reported, Tick
from edgenode.core.venues.silence import OWNED, RESTS
from edgenode.daemon.paper import PaperWorld
from edgenode.model.venue import Acked, Finished, NotAnswered, NotKnown
from tests.core.orders.sent import fill, say, state
from tests.core.world import SECOND, World, intent

ANSWER = 7


def sent(tif="ioc", **figures):
    world = World(PaperWorld(venues=("a",), overlay_enabled=False, answer_s=ANSWER, **figures))
    world.publish("a", 150_000)
    world.observe(Tick())
    ask = intent("H", account="desk:overlay", venue="a", lots=100, price=150_100,
                 time_in_force=tif)  # fmt: skip
    return world, world.facts(OrderAsked(ask, "rule:overlay"))[0].order_id


def tick(world, seconds):
    world.now += seconds * SECOND
    world.publish("a", 150_000)
    return [type(fact).__name__ for fact in world.facts(Tick())]


def breaks(world):
    return {found.type for found in world.state.breaks.open.values()}


def held(world):
    return world.exposure().overlay.high


def test_an_order_that_nobody_answers_is_asked_about_and_then_a_person_is_told():
    world, id_ = sent()
    assert tick(world, ANSWER - 1) == []
    assert tick(world, 1) == ["OrderUnknown"]
    assert state(world, id_) == "UNKNOWN"
    assert tick(world, OWNED * ANSWER - 1) == []
    assert tick(world, 1) == ["BreakOpened"]
    (told,) = world.state.breaks.open.values()
    assert (told.type, told.subject) == ("unresolved", id_)
    assert told.detail == f"UNKNOWN for {OWNED * ANSWER} s; 1.00 WETH may still execute"
    assert held(world) == 100
    assert say(world, Acked(venue="a", order_id=id_)) == ["OrderWorking", "BreakClosed"]
    world.assert_refolds()


def test_a_clock_that_is_set_back_lets_no_second_question_count_early():
    world, id_ = sent()
    not_known = NotKnown(venue="a", order_id=id_)
    assert say(world, not_known) == ["OrderNotFound"]
    world.now -= 29 * SECOND
    assert say(world, not_known) == ["OrderNotFound"], "counted anew by this clock"
    world.now += 9 * SECOND
    assert say(world, not_known) == []
    world.now += SECOND
    assert "OrderDone" in say(world, not_known)
    world.assert_refolds()


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_an_order_that_ends_at_once_is_asked_about_also_while_it_works(tif):
    world, id_ = sent(tif)
    say(world, Acked(venue="a", order_id=id_))
    assert tick(world, ANSWER) == ["OrderUnknown"]


def test_a_resting_order_may_be_silent_for_longer_and_not_for_ever():
    world, id_ = sent("day")
    say(world, Acked(venue="a", order_id=id_))
    assert tick(world, RESTS * ANSWER - 1) == []
    assert say(world, Acked(venue="a", order_id=id_)) == ["OrderWorking"]  # heard of again
    assert tick(world, RESTS * ANSWER - 1) == []
    assert tick(world, 1) == ["OrderUnknown"]


def test_evidence_that_is_new_enough_is_not_recorded_again():
    world, id_ = sent("day")
    say(world, Acked(venue="a", order_id=id_))
    for _ in range(50):
        assert say(world, Acked(venue="a", order_id=id_)) == []


def test_a_fill_is_evidence():
    world, id_ = sent()
    tick(world, ANSWER - 1)
    say(world, fill(id_))
    assert tick(world, ANSWER - 1) == []
    assert tick(world, 1) == ["OrderUnknown"]
    assert held(world) == 100


def test_a_cancel_without_an_answer_is_asked_about_and_then_a_person_is_told():
    world, id_ = sent("day")
    say(world, Acked(venue="a", order_id=id_))
    tick(world, 2 * ANSWER)
    world.observe(CancelAsked(id_, "person:p"))
    assert tick(world, ANSWER - 1) == []
    assert tick(world, 1) == ["OrderUnknown"]
    say(world, Acked(venue="a", order_id=id_))
    tick(world, (OWNED - 1) * ANSWER)
    assert breaks(world) == {"not_canceled"}
    assert state(world, id_) == "UNKNOWN"
    done = say(world, Finished(venue="a", order_id=id_, reason="canceled", cum_lots=0))
    assert done == ["OrderDone", "BreakClosed"]
    world.assert_refolds()


def not_known(world, id_, **more):
    return say(world, NotKnown(venue="a", order_id=id_, **more))


def test_two_clear_answers_end_an_order_that_was_never_acknowledged():
    world, id_ = sent()
    assert not_known(world, id_) == ["OrderNotFound"]
    assert state(world, id_) == "UNKNOWN"
    world.now += 9 * SECOND
    assert not_known(world, id_) == []
    assert held(world) == 100
    world.now += SECOND
    assert not_known(world, id_) == ["OrderDone"]
    assert world.state.orders.orders[id_].done_reason == "never_received"
    assert held(world) == 0
    world.assert_refolds()


def test_an_answer_without_a_readable_snapshot_is_none():
    world, id_ = sent()
    for _ in range(5):
        world.now += 20 * SECOND
        assert not_known(world, id_, snapshot_read=False) == []


@pytest.mark.parametrize("evidence", ["ack", "fill", "end with more than is booked"])
def test_an_acknowledged_order_that_its_venue_forgot_stays_in_the_worst_case(evidence):
    world, id_ = sent("day")
    said = {
        "ack": Acked(venue="a", order_id=id_),
        "fill": fill(id_),
        "end with more than is booked": Finished(
            venue="a", order_id=id_, reason="canceled", cum_lots=30
        ),
    }[evidence]
    say(world, NotAnswered(venue="a", order_id=id_, detail="lost"))
    say(world, said)
    assert not_known(world, id_) == ["OrderNotFound"]
    world.now += 10 * SECOND
    assert not_known(world, id_) == ["BreakOpened"]
    assert breaks(world) == {"forgotten"}
    for _ in range(20):
        tick(world, 60)
        assert not_known(world, id_) == []
    assert breaks(world) == {"forgotten"}
    assert held(world) == 100
    cum = world.state.orders.orders[id_].filled_lots
    say(world, Finished(venue="a", order_id=id_, reason="canceled", cum_lots=cum))
    assert breaks(world) == set()
    assert state(world, id_) == "DONE"
    world.assert_refolds()


def test_evidence_between_two_answers_begins_anew():
    world, id_ = sent("day")
    not_known(world, id_)
    say(world, Acked(venue="a", order_id=id_))
    world.now += 60 * SECOND
    assert not_known(world, id_) == ["OrderNotFound"]


def test_an_order_that_is_filled_with_nothing_executed_is_no_view_of_it():
    world, id_ = sent()
    done = Finished(venue="a", order_id=id_, reason="filled", cum_lots=0)
    assert say(world, done) == ["OrderUnknown"]
    assert say(world, done) == []
    assert held(world) == 100


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["tick", "ack", "lost", "not_known", "unread", "fill", "cancel"]),
            st.integers(0, 40),
        ),
        max_size=25,
    ),
    st.sampled_from(["ioc", "day"]),
)
def test_no_order_is_left_open_without_a_question_and_a_person(story, tif):
    """Whatever came before: silence is a question at once, and a person's matter soon after."""
    world, id_ = sent(tif)
    fills = 0
    for what, seconds in story:
        world.now += seconds * SECOND
        match what:
            case "tick":
                world.observe(Tick())
            case "cancel":
                world.observe(CancelAsked(id_, "person:p"))
            case "fill":
                fills += 1
                world.observe(Reported(fill(id_, f"x{fills}", lots=1)))
            case "ack":
                world.observe(Reported(Acked(venue="a", order_id=id_)))
            case "lost":
                lost = NotAnswered(venue="a", order_id=id_, detail="lost")
                world.observe(Reported(lost))
            case _:
                seen = what == "not_known"
                not_known(world, id_, snapshot_read=seen)
    order = world.state.orders.orders[id_]
    if order.state == "DONE":
        assert order.done_reason == "never_received"
        late = order.filled_lots > 0  # told after its end: booked, and a person's matter
        assert order.acked is late
        assert late is ("after_end" in breaks(world))
        return
    assert held(world) == 100
    tick(world, RESTS * ANSWER)
    assert state(world, id_) == "UNKNOWN"
    tick(world, OWNED * ANSWER)
    assert breaks(world) & {"unresolved", "forgotten"}
    assert held(world) == 100
    world.assert_refolds()
