"""What a venue says of an order as a whole; evidence alone resolves an unknown one."""

import itertools

from edgenode.model.venue import Acked, Finished, LinkChanged, NotAnswered, NotKnown, NotSent
from tests.core.orders.sent import fill, say, sent, state


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
    assert say(world, finished) == ["OrderDone", "BreakOpened", "OrderCounted"]


def test_no_answer_makes_it_unknown_and_only_evidence_resolves_that():
    world, id_ = sent()
    lost = NotAnswered(venue="a", order_id=id_, detail="timeout")
    assert say(world, lost) == ["OrderUnknown"]
    assert say(world, lost) == []
    assert world.exposure().overlay.high == 100
    assert say(world, Acked(venue="a", order_id=id_)) == ["OrderWorking"]


def test_an_order_that_was_never_handed_over_ends_as_such():
    world, id_ = sent()
    assert say(world, NotSent(venue="a", order_id=id_, detail="no such venue")) == ["OrderDone"]
    assert world.state.orders.orders[id_].done_reason == "never_sent"


def test_words_about_orders_that_nobody_sent_or_that_ended_decide_nothing():
    world, id_ = sent()
    say(world, Finished(venue="a", order_id=id_, reason="canceled", cum_lots=0))
    for order_id, kind in itertools.product(("NONE", id_), (Acked, NotKnown)):
        assert say(world, kind(venue="a", order_id=order_id)) == []
    assert say(world, LinkChanged(venue="a", state="disconnected")) == []
